import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { HostLoad } from '../../contracts/host-share.js';

const jitSchema = z.object({ 'human-readable-text': z.string() });

/**
 * Adds up what all threads of a process got. Each tells in `/proc/<pid>/task/<tid>/schedstat` (Documentation/scheduler/
 * sched-stats.rst): ns on a processor, ns ready but waiting for one, number of turns. Undefined when it is gone, or the
 * kernel does not tell.
 */
export function loadOf(pid: number): HostLoad | undefined {
  const tasks = `/proc/${pid}/task`;
  try {
    let [ranNs, waitedNs] = [0, 0];
    for (const thread of readdirSync(tasks)) {
      const [ran, waited] = readFileSync(`${tasks}/${thread}/schedstat`, 'latin1').split(' ');
      ranNs += Number(ran);
      waitedNs += Number(waited);
    }
    return { ranUs: ranNs / 1000, waitedUs: waitedNs / 1000 };
  } catch {
    // Threads come and go; a process that is gone waits for nothing.
    return undefined;
  }
}

/**
 * The thread of an emulated core: `CPU 0/TCG`, or `ALL CPUs/TCG` when it counts instructions. It appears when the machine
 * is built.
 */
export class CoreThread {
  readonly #pid: number;
  #schedstat: string | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Time for which it ran, in ns: a core that waits for an interrupt does not. The kernel adds it up at its ticks, every
   * few ms. 0 when the process is gone, or the kernel does not tell.
   */
  get ranNs(): number {
    try {
      this.#schedstat ??= this.#find();
      if (this.#schedstat === undefined) return 0;
      return Number(readFileSync(this.#schedstat, 'latin1').split(' ')[0]);
    } catch {
      return 0;
    }
  }

  #find(): string | undefined {
    const tasks = `/proc/${this.#pid}/task`;
    const isCore = (thread: string) =>
      readFileSync(`${tasks}/${thread}/comm`, 'latin1').endsWith('/TCG\n');
    const thread = readdirSync(tasks).find(isCore);
    return thread === undefined ? undefined : `${tasks}/${thread}/schedstat`;
  }
}

/** Reads QEMU's answer to `x-query-jit`: how far the clock of a machine that counts instructions is behind. */
export function behindMsOf(answer: unknown): number | undefined {
  const found = jitSchema.safeParse(answer);
  const line =
    found.data && /^Host - Guest clock +(-?\d+) ms$/m.exec(found.data['human-readable-text']);
  return line ? Number(line[1]) : undefined;
}
