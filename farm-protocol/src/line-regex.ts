import {
  type Position,
  type Ranges,
  type RegexNode,
  RegexParser,
  WORD,
} from './line-regex-parser.js';

/*
 * Regular expressions that match in time proportional to the text. The usual syntax without what needs backtracking
 * (back references, looking around): characters, `.`, classes, `\d \w \s \b`, `^ $`, groups, `|`, `* + ? {m,n}`.
 * An expression becomes a small program; matching follows all its threads at once (Thompson's construction).
 */

/** Most instructions of a program: bounds the work per character. */
const MAX_PROGRAM = 512;

/** A step of a program. */
export type Instruction =
  | { readonly op: 'set'; readonly ranges: Ranges; readonly not: boolean }
  | { readonly op: 'at'; readonly position: Position }
  | { op: 'split'; a: number; b: number }
  | { op: 'jump'; a: number }
  | { readonly op: 'match' };

/** Whether the character is of `\w`. */
export const isWordCode = (code: number): boolean => inRanges(WORD, code);

/** Whether one of the ranges holds the character code. */
export function inRanges(ranges: Ranges, code: number): boolean {
  for (const [from, to] of ranges) if (code >= from && code <= to) return true;
  return false;
}

/** @throws SyntaxError that says what the expression may not have */
export function compileRegex(source: string, ignoreCase: boolean): Instruction[] {
  const program: Instruction[] = [];
  emit(new RegexParser(source, ignoreCase).parse(), program);
  push(program, { op: 'match' });
  return program;
}

function push<T extends Instruction>(program: Instruction[], instruction: T): T {
  if (program.length >= MAX_PROGRAM)
    throw new SyntaxError('it is too large once its counts are written out; shorten it');
  program.push(instruction);
  return instruction;
}

function emit(node: RegexNode, program: Instruction[]): void {
  if (node.kind === 'set') push(program, { op: 'set', ranges: node.ranges, not: node.not });
  else if (node.kind === 'at') push(program, { op: 'at', position: node.position });
  else if (node.kind === 'all') for (const item of node.items) emit(item, program);
  else if (node.kind === 'any') emitAny(node.items, program);
  else emitRepeat(node, program);
}

function emitAny(items: readonly RegexNode[], program: Instruction[]): void {
  const exits: { a: number }[] = [];
  items.forEach((item, i) => {
    const last = i === items.length - 1;
    const split = last ? undefined : push(program, { op: 'split', a: program.length + 1, b: 0 });
    emit(item, program);
    if (!last) exits.push(push(program, { op: 'jump', a: 0 }));
    if (split) split.b = program.length;
  });
  for (const exit of exits) exit.a = program.length;
}

function emitRepeat(node: Extract<RegexNode, { kind: 'repeat' }>, program: Instruction[]): void {
  const { item, min, max } = node;
  for (let i = 0; i < min; i++) {
    const length = program.length;
    emit(item, program);
    // Nothing, however often: nested counts of it would go on for ever.
    if (program.length === length) break;
  }
  if (max === Number.POSITIVE_INFINITY) {
    const split = push(program, { op: 'split', a: program.length + 1, b: 0 });
    const start = program.length - 1;
    emit(item, program);
    push(program, { op: 'jump', a: start });
    split.b = program.length;
    return;
  }
  const splits: { b: number }[] = [];
  for (let i = min; i < max; i++) {
    splits.push(push(program, { op: 'split', a: program.length + 1, b: 0 }));
    emit(item, program);
  }
  for (const split of splits) split.b = program.length;
}
