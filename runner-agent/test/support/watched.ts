import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** Resolves when this process watches the folder for changes: whoever waits for something in it has begun to. */
export async function watched(folder: string): Promise<void> {
  const inode = statSync(folder).ino.toString(16);
  const mark = new RegExp(`^inotify wd:\\S+ ino:${inode} `, 'm');
  while (!watches().some((text) => mark.test(text))) await setImmediate();
}

function watches(): string[] {
  return readdirSync('/proc/self/fdinfo').map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    } catch {
      // It was closed while we looked.
      return '';
    }
  });
}
