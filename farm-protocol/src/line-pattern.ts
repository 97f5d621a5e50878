import { compileRegex, inRanges, type Instruction, isWordCode } from './line-regex.js';

/** Characters of a console line that are looked at. */
export const MAX_MATCHED_CHARS = 1024;

/** Says whether a console line is the one that is waited for. */
export interface LinePattern {
  matches(line: string): boolean;
}

/**
 * Reads one expected line: text that the line must contain, or a regular expression as `/…/` or `/…/i`. Expressions
 * are matched in time proportional to the line, whatever they are (see line-regex.ts for their syntax).
 * @throws SyntaxError that says what is wrong with the expression
 */
export function linePattern(text: string): LinePattern {
  const regex = /^\/(.+)\/(i?)$/.exec(text);
  if (!regex) return { matches: (line) => line.slice(0, MAX_MATCHED_CHARS).includes(text) };
  const program = new RegexProgram(compileRegex(regex[1] ?? '', regex[2] === 'i'));
  return { matches: (line) => program.isIn(line.slice(0, MAX_MATCHED_CHARS)) };
}

/** Follows all threads of a program at once: each instruction at most once per character. */
class RegexProgram {
  /** Turn in which an instruction was last reached. */
  readonly #seen: Uint32Array;
  #turn = 0;

  constructor(private readonly program: readonly Instruction[]) {
    this.#seen = new Uint32Array(program.length);
  }

  isIn(line: string): boolean {
    let threads: number[] = [];
    this.#seen.fill(0);
    this.#turn = 0;
    for (let at = 0; at <= line.length; at++) {
      this.#turn++;
      const here: number[] = [];
      for (const thread of threads) if (this.#follow(thread, line, at, here)) return true;
      // A match may begin at every character.
      if (this.#follow(0, line, at, here)) return true;
      threads = this.#step(here, line.charCodeAt(at));
    }
    return false;
  }

  /** Collects in `here` the sets that can be reached without a character; true when the match is. */
  #follow(start: number, line: string, at: number, here: number[]): boolean {
    const open = [start];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.#seen[next] === this.#turn) continue;
      this.#seen[next] = this.#turn;
      const instruction = this.program[next];
      if (!instruction || instruction.op === 'match') return true;
      if (instruction.op === 'set') here.push(next);
      else if (instruction.op === 'jump') open.push(instruction.a);
      else if (instruction.op === 'split') open.push(instruction.a, instruction.b);
      else if (isAt(instruction.position, line, at)) open.push(next + 1);
    }
    return false;
  }

  #step(threads: readonly number[], code: number): number[] {
    return threads.flatMap((thread) => {
      const instruction = this.program[thread];
      const takes =
        instruction?.op === 'set' && inRanges(instruction.ranges, code) !== instruction.not;
      return takes ? [thread + 1] : [];
    });
  }
}

function isAt(position: string, line: string, at: number): boolean {
  if (position === 'lineStart') return at === 0;
  if (position === 'lineEnd') return at === line.length;
  const isEdge = isWordCode(line.charCodeAt(at - 1)) !== isWordCode(line.charCodeAt(at));
  return isEdge === (position === 'wordEdge');
}
