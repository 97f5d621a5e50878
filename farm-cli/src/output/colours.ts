import { type Meaning, meaningOf } from '@greenrack/farm-model';
import { VERDICTS, type Verdict } from '@greenrack/farm-protocol';
import type { CliContext, CliStream } from '../cli-context.js';

/** SGR codes: green, red, yellow. */
const CODES: Readonly<Record<Meaning, number>> = { good: 32, bad: 31, unknown: 33 };
const WORDS = new Map<string, Verdict>(VERDICTS.map((verdict) => [verdict, verdict]));

/** Whether colours help: on a terminal that knows them, and nobody has said `NO_COLOR` (no-color.org). */
export function hasColours({ env }: Pick<CliContext, 'env'>, { isTTY }: CliStream): boolean {
  return isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/** Colours the verdict that begins at `column`; text of somebody else that looks like one stays as it is. */
export function withColour(line: string, column: number): string {
  const word = /^[a-z]+/.exec(line.slice(column))?.[0] ?? '';
  const verdict = WORDS.get(word);
  if (!verdict) return line;
  const end = column + word.length;
  const code = CODES[meaningOf(verdict)];
  return `${line.slice(0, column)}\x1b[${code}m${word}\x1b[0m${line.slice(end)}`;
}

/** Colours the verdicts of a table: the column is where its headings say. */
export function withColours(text: string): string {
  const lines = text.split('\n');
  const column = lines[0]?.indexOf('VERDICT') ?? -1;
  return column < 0 ? text : lines.map((line) => withColour(line, column)).join('\n');
}
