import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { imagePath } from '../../src/images.js';

const MACHINES = {
  FVP_MPS2_M3: ['-M', 'mps2-an385', '-serial', 'stdio'],
  ARM_CM3DS_MPS2: ['-M', 'mps2-an511', '-serial', 'null', '-serial', 'stdio'],
} as const;
export const BARE_TARGETS = ['FVP_MPS2_M3', 'ARM_CM3DS_MPS2'] as const;
export type BareTarget = (typeof BARE_TARGETS)[number];

/** A process whose lines are read one after the other; it ends with this one, whatever becomes of that. */
export class Talker {
  readonly #child;
  readonly #lines;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]);
    this.#child.stderr.resume();
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  say(text: string): void {
    this.#child.stdin.write(text);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The groups of the next line that matches; `pass` sees those before. @throws Error with the last of them when none does */
  async until(pattern: RegExp, pass: (line: string) => void = () => undefined): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const next = await this.#lines.next();
      if (next.done) throw new Error(`${String(pattern)} did not come:\n${seen.join('\n')}`);
      const found = pattern.exec(next.value);
      if (found) return found.slice(1);
      pass(next.value);
      if (seen.push(next.value) > 50) seen.shift();
    }
  }

  async metric(name: string): Promise<number> {
    const [value] = await this.until(new RegExp(`\\{\\{metric;${name};(\\d+);`));
    return Number(value);
  }
}

/** A virtual board without a farm around it; its suite begins. */
export function bareBoard(target: BareTarget, app: string, network = 'none'): Talker {
  const board = new Talker('qemu-system-arm', [
    ...['-nodefaults', '-display', 'none', '-icount', 'shift=5,sleep=on', ...MACHINES[target]],
    ...['-nic', network, '-kernel', imagePath(target, app)],
  ]);
  board.say('\n{{__sync;5c0b7a52-0000-4000-8000-000000000000}}\n');
  return board;
}
