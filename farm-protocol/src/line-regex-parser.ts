const MAX_DEPTH = 20;
const MAX_COUNT = 200;

/** Characters by their codes, both ends included. */
export type Ranges = readonly (readonly [from: number, to: number])[];
export type Position = 'lineStart' | 'lineEnd' | 'wordEdge' | 'noWordEdge';
/** A part of an expression. */
export type RegexNode =
  | { readonly kind: 'set'; readonly ranges: Ranges; readonly not: boolean }
  | { readonly kind: 'at'; readonly position: Position }
  | { readonly kind: 'all'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'any'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly item: RegexNode;
      readonly min: number;
      readonly max: number;
    };

const DIGIT: Ranges = [[0x30, 0x39]];
export const WORD: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const SPACE: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
];
const CLASSES: Readonly<Record<string, Ranges>> = { d: DIGIT, w: WORD, s: SPACE };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Reads an expression by recursive descent. */
export class RegexParser {
  #at = 0;
  #depth = 0;

  constructor(
    private readonly source: string,
    private readonly ignoreCase: boolean,
  ) {}

  parse(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.source.length) throw this.#error("')' without '('");
    return node;
  }

  #error(what: string): SyntaxError {
    return new SyntaxError(`${what} at character ${this.#at + 1}`);
  }

  #take(text: string): boolean {
    if (!this.source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #next(): string {
    const character = this.source[this.#at++];
    if (character === undefined) throw this.#error('it ends too early');
    return character;
  }

  #choice(): RegexNode {
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    return items.length === 1 && items[0] ? items[0] : { kind: 'any', items };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#at < this.source.length && !'|)'.includes(this.source[this.#at] ?? ''))
      items.push(this.#counted(this.#atom()));
    return { kind: 'all', items };
  }

  #counted(item: RegexNode): RegexNode {
    const count = this.#count();
    if (!count) return item;
    if (item.kind === 'at') throw this.#error('a count after a position');
    // Whether it takes much or little makes no difference to whether it matches.
    this.#take('?');
    return { kind: 'repeat', item, ...count };
  }

  #count(): { min: number; max: number } | undefined {
    const endless = Number.POSITIVE_INFINITY;
    if (this.#take('*')) return { min: 0, max: endless };
    if (this.#take('+')) return { min: 1, max: endless };
    if (this.#take('?')) return { min: 0, max: 1 };
    const braces = /^\{(\d{1,4})(,)?(\d{1,4})?\}/.exec(this.source.slice(this.#at, this.#at + 12));
    if (!braces) return undefined;
    this.#at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[3] !== undefined ? Number(braces[3]) : braces[2] ? endless : min;
    if (min > MAX_COUNT || (max > MAX_COUNT && max !== endless))
      throw this.#error(`a count over ${MAX_COUNT}`);
    if (max < min) throw this.#error('a count from more to less');
    return { min, max };
  }

  #atom(): RegexNode {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return this.#class();
    if (character === '\\') return this.#escape();
    if (character === '^') return { kind: 'at', position: 'lineStart' };
    if (character === '$') return { kind: 'at', position: 'lineEnd' };
    if (character === '.') return { kind: 'set', ranges: [], not: true };
    if ('*+?'.includes(character)) throw this.#error(`nothing before '${character}'`);
    return this.#one(character.charCodeAt(0));
  }

  #group(): RegexNode {
    if (this.source[this.#at] === '?' && !this.#take('?:'))
      throw this.#error('only plain groups can be used, no looking around');
    if (++this.#depth > MAX_DEPTH) throw this.#error('groups too deep');
    const node = this.#choice();
    if (!this.#take(')')) throw this.#error("'(' without ')'");
    this.#depth--;
    return node;
  }

  #escape(): RegexNode {
    const character = this.#next();
    if (character === 'b') return { kind: 'at', position: 'wordEdge' };
    if (character === 'B') return { kind: 'at', position: 'noWordEdge' };
    if (/[1-9k]/.test(character)) throw this.#error('no back references can be used');
    const ranges = CLASSES[character.toLowerCase()];
    if (ranges) return { kind: 'set', ranges, not: character !== character.toLowerCase() };
    return this.#one(this.#escaped(character));
  }

  #escaped(character: string): number {
    const control = CONTROLS[character];
    if (control !== undefined) return control;
    if (character === 'x') {
      const hex = /^[0-9a-fA-F]{2}/.exec(this.source.slice(this.#at, this.#at + 2))?.[0];
      if (hex === undefined) throw this.#error("'\\x' without two hex digits");
      this.#at += 2;
      return Number.parseInt(hex, 16);
    }
    if (/[A-Za-z0-9]/.test(character)) throw this.#error(`'\\${character}' is not known`);
    return character.charCodeAt(0);
  }

  #class(): RegexNode {
    const not = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; first || !this.#take(']'); first = false) {
      const from = this.#classItem();
      if (typeof from !== 'number') ranges.push(...from);
      else if (this.source[this.#at] === '-' && this.source[this.#at + 1] !== ']') {
        this.#at++;
        const to = this.#classItem();
        if (typeof to !== 'number' || to < from) throw this.#error('a wrong range');
        ranges.push([from, to]);
      } else ranges.push([from, from]);
    }
    return { kind: 'set', ranges: this.ignoreCase ? bothCases(ranges) : ranges, not };
  }

  #classItem(): number | Ranges {
    const character = this.#next();
    if (character !== '\\') return character.charCodeAt(0);
    const escaped = this.#next();
    const ranges = CLASSES[escaped];
    if (ranges) return ranges;
    return escaped === 'b' ? 8 : this.#escaped(escaped);
  }

  #one(code: number): RegexNode {
    const ranges: Ranges = [[code, code]];
    return { kind: 'set', ranges: this.ignoreCase ? bothCases(ranges) : ranges, not: false };
  }
}

/** With the other case of the ASCII letters. */
function bothCases(ranges: Ranges): Ranges {
  const shifted = (from: number, to: number, by: number) =>
    ranges.flatMap(([a, b]) => {
      const [low, high] = [Math.max(a, from), Math.min(b, to)];
      return low <= high ? [[low + by, high + by] as const] : [];
    });
  return [...ranges, ...shifted(0x41, 0x5a, 32), ...shifted(0x61, 0x7a, -32)];
}
