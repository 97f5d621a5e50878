import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { ChangeSource } from '../watch/until-found.js';

/** What USB devices are reached by. Other nodes of /dev change with every write to /dev/null. */
const OF_INTEREST = /^(bus|tty(ACM|USB)\d+|hidraw\d+|sd[a-z]+\d*)$/;

/**
 * Tells when a node of a USB device came, went or changed its rights: the kernel makes and removes them, and udev gives
 * them to their group a moment later. sysfs itself announces nothing that Node can hear.
 */
export function nodeChanges(root: string): ChangeSource {
  return {
    subscribe(listener) {
      const watchers = watched(root).flatMap(({ dir, names }) => tryWatch(dir, names, listener));
      return () => {
        for (const watcher of watchers) watcher.close();
      };
    },
  };
}

/** `/dev` for ports and drives, and the folder of each bus. Buses are there before their devices. */
function watched(root: string): { dir: string; names: RegExp }[] {
  const buses = join(root, 'dev/bus/usb');
  return [
    { dir: join(root, 'dev'), names: OF_INTEREST },
    ...list(buses).map((bus) => ({ dir: join(buses, bus), names: /./ })),
  ];
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    // A machine without USB: whoever waits has looked for the bus before.
    return [];
  }
}

function tryWatch(dir: string, names: RegExp, listener: () => void): FSWatcher[] {
  try {
    const watcher = watch(dir, (_, name) => {
      if (name === null || names.test(name)) listener();
    });
    // A bus that goes away takes its folder along: what was on it is gone too.
    watcher.on('error', listener);
    return [watcher];
  } catch {
    return [];
  }
}
