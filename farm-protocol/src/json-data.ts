import { pathText } from './issue-text.js';
import { lineAt } from './text-file.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const STRUCTURE = new Set([...'{}[],'].map((char) => char.charCodeAt(0)));
const BLANKS = new Set([...' \t\r\n'].map((char) => char.charCodeAt(0)));
/** Characters of one step: a millisecond or two of a list of numbers. */
const STEP_CHARS = 16 * 1024;

interface Level {
  readonly isList: boolean;
  /** Names of an object with the offset of each. */
  readonly keys: Map<string, number>;
  awaitsKey: boolean;
}

/** Told of each name of an object and each element of a list. `path` is valid during the call only. */
type Visit = (path: readonly PropertyKey[], offset: number, level: Level) => void;

/**
 * Parses JSON that a person or a tool wrote. A name that stands twice is an error: `JSON.parse` alone would drop the
 * first without a word.
 * @throws SyntaxError that says what, and in which line where that is known
 */
export function parseJsonOnce(text: string): unknown {
  return finish(parseJsonInSteps(text));
}

/** The same in small steps, for a process that others wait for; the value is what the last one returns. */
export function* parseJsonInSteps(text: string): Generator<undefined, unknown> {
  const value: unknown = JSON.parse(text);
  yield undefined;
  yield* walkJson(text, (path, offset, { keys }) => {
    const key = path.at(-1);
    if (typeof key !== 'string') return;
    const first = keys.get(key);
    if (first !== undefined)
      throw new SyntaxError(
        `${pathText(path)} stands twice, in line ${lineAt(text, first)} and line ${lineAt(text, offset)}`,
      );
    keys.set(key, offset);
  });
  return value;
}

/** Line of what stands at `wanted` in valid JSON, or of its nearest parent. */
export function jsonLineOf(text: string, wanted: readonly PropertyKey[]): number {
  let best = { depth: 0, offset: 0 };
  finish(
    walkJson(text, (path, offset) => {
      if (path.length > best.depth && path.every((key, i) => key === wanted[i]))
        best = { depth: path.length, offset };
    }),
  );
  return lineAt(text, best.offset);
}

/** Walks once over the text. `JSON.parse` has taken it before, so its grammar needs no second look. */
function* walkJson(text: string, visit: Visit): Generator<undefined, void> {
  const walk = new JsonWalk(text, visit);
  let stepEnd = STEP_CHARS;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = walk.string(at);
    else if (STRUCTURE.has(char)) walk.mark(at);
    if (at < stepEnd) continue;
    stepEnd = at + STEP_CHARS;
    yield undefined;
  }
}

function finish<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

class JsonWalk {
  readonly #text: string;
  readonly #visit: Visit;
  readonly #levels: Level[] = [];
  readonly #path: PropertyKey[] = [];

  constructor(text: string, visit: Visit) {
    this.#text = text;
    this.#visit = visit;
  }

  /** Takes the string that begins at `start` and answers where it ends. */
  string(start: number): number {
    const end = endOfString(this.#text, start);
    const level = this.#levels.at(-1);
    if (!level?.awaitsKey) return end;
    level.awaitsKey = false;
    this.#path[this.#path.length - 1] = keyIn(this.#text, start, end);
    this.#visit(this.#path, start, level);
    return end;
  }

  /** Takes a bracket, a brace or a comma. */
  mark(at: number): void {
    const char = this.#text[at];
    if (char === '{' || char === '[') this.#open(at, char === '[');
    else if (char === ',') this.#next(at);
    else {
      this.#levels.pop();
      this.#path.pop();
    }
  }

  #open(at: number, isList: boolean): void {
    const level: Level = { isList, keys: new Map(), awaitsKey: !isList };
    this.#levels.push(level);
    this.#path.push(isList ? 0 : '');
    if (isList) this.#visit(this.#path, skipBlank(this.#text, at + 1), level);
  }

  #next(at: number): void {
    const level = this.#levels.at(-1);
    if (!level) return;
    level.awaitsKey = !level.isList;
    if (!level.isList) return;
    const last = this.#path.length - 1;
    this.#path[last] = Number(this.#path[last]) + 1;
    this.#visit(this.#path, skipBlank(this.#text, at + 1), level);
  }
}

/** Offset of the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

/** One name may be written in several ways. */
function keyIn(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? String(JSON.parse(text.slice(start, end + 1))) : raw;
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (BLANKS.has(text.charCodeAt(at))) at++;
  return at;
}
