import { type ExecFileException, execFile } from 'node:child_process';

/** GNU binutils for Arm, as every toolchain for these boards brings it; found by PATH. */
const PROGRAM = 'arm-none-eabi-addr2line';
/** A large image takes a second; a file that takes this long was made to. */
const DEADLINE_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_CHARS = 400;

/** What stands at an address; undefined where the image does not say. */
export interface CodePlace {
  readonly name: string | undefined;
  /** `file:line`. */
  readonly place: string | undefined;
}

/** `missing`: there is no such program. `unreadable`: it cannot make anything of the file. */
export type Places = readonly CodePlace[] | 'missing' | 'unreadable';

/**
 * Looks addresses up in an ELF file, in a process of its own with none of our secrets: the file is a stranger's.
 * @param path - absolute, and ours: no name that could be taken for an option
 */
export function addr2line(path: string, addresses: readonly number[]): Promise<Places> {
  const args = ['-f', '-C', '-e', path, ...addresses.map((at) => `0x${at.toString(16)}`)];
  const options = {
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_ANSWER_BYTES,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  } as const;
  return new Promise((resolve) => {
    execFile(PROGRAM, args, options, (error, answer) => {
      resolve(error ? failure(error) : placesOf(answer, addresses.length));
    });
  });
}

const failure = ({ code }: ExecFileException): Places =>
  String(code) === 'ENOENT' ? 'missing' : 'unreadable';

/** Two lines per address: the function, then `file:line`, with `??` for what is not known. */
function placesOf(answer: string, count: number): CodePlace[] {
  const lines = answer.split('\n');
  return Array.from({ length: count }, (_, i) => ({
    name: known(lines[2 * i]),
    place: known(lines[2 * i + 1]?.replace(/ \(discriminator \d+\)$/, '')),
  }));
}

function known(text: string | undefined): string | undefined {
  return !text || text.startsWith('??') ? undefined : text.replace(/:\?$/, '').slice(0, MAX_CHARS);
}
