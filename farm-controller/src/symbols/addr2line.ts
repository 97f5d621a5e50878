import { execFile } from 'node:child_process';

/** GNU binutils for Arm, as every toolchain for these boards brings it; found by PATH. */
const PROGRAM = 'arm-none-eabi-addr2line';
/** Lists the functions of an image; of the same package. */
const LISTER = 'arm-none-eabi-nm';
/** A large image takes a second; a file that takes this long was made to. */
const DEADLINE_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_LIST_BYTES = 16 * 1024 * 1024;
/** Memory in KiB and time of a processor in seconds: the largest honest image needs a quarter of either. */
const LIMITS = 'ulimit -v 1048576 && ulimit -t 10 && exec "$0" "$@"';
/** What a shell answers when it finds no such program. */
const NOT_FOUND = 127;
const MAX_CHARS = 400;

/** What stands at an address; undefined where the image does not say. */
export interface CodePlace {
  readonly name: string | undefined;
  /** `file:line`. */
  readonly place: string | undefined;
  /** Bytes behind the beginning of the function, where the image names functions and no lines. */
  readonly offset?: number | undefined;
}

/** `missing`: there is no such program. `unreadable`: it cannot make anything of the file. */
export type Places = readonly CodePlace[] | 'missing' | 'unreadable';

/**
 * Looks addresses up in an ELF file, in a process of its own with bounds and none of our secrets: the file is a stranger's.
 * @param path - absolute, and ours: no name that could be taken for an option
 */
export async function addr2line(path: string, addresses: readonly number[]): Promise<Places> {
  const asked = addresses.map((at) => `0x${at.toString(16)}`);
  const answer = await run(PROGRAM, ['-f', '-C', '-e', path, ...asked], MAX_ANSWER_BYTES);
  if (typeof answer !== 'string') return answer.why;
  const places = placesOf(answer, addresses.length);
  if (places.every(({ name, place }) => name === undefined || place !== undefined)) return places;
  const list = await run(LISTER, ['-n', '--defined-only', path], MAX_LIST_BYTES);
  const begins = typeof list === 'string' ? beginsOf(list) : [];
  return places.map((each, i) =>
    each.place === undefined ? { ...each, offset: offsetOf(addresses[i] ?? 0, begins) } : each,
  );
}

function run(
  program: string,
  args: readonly string[],
  maxBuffer: number,
): Promise<string | { readonly why: 'missing' | 'unreadable' }> {
  const options = {
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    maxBuffer,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  } as const;
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', LIMITS, program, ...args], options, (error, answer) => {
      if (!error) resolve(answer);
      else resolve({ why: error.code === NOT_FOUND ? 'missing' : 'unreadable' });
    });
  });
}

/** Where functions begin, lowest first: `00000412 T main`. */
function beginsOf(list: string): number[] {
  const functions = list.matchAll(/^([0-9a-f]{8}) [TtWw] /gm);
  return [...functions].map(([, digits = '']) => Number.parseInt(digits, 16));
}

function offsetOf(address: number, begins: readonly number[]): number | undefined {
  const begin = begins.findLast((each) => each <= address);
  return begin === undefined ? undefined : address - begin;
}

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
