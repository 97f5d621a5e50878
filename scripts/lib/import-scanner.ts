/** One import of a source file. `specifier` is undefined for `import()` of anything but a plain string. */
export interface ScannedImport {
  readonly specifier: string | undefined;
  /** Counts from 1. */
  readonly line: number;
}

interface Token {
  readonly kind: 'word' | 'string' | 'mark';
  readonly text: string;
  readonly line: number;
}

/*
 * One alternative per lexical element, in the order in which they must be tried. A regular expression literal is told from
 * a division by what stands before it, see `isDivision`. Templates are skipped whole: an import inside `${}` of a
 * template would be missed, and nobody writes one there.
 */
const LEXEME = new RegExp(
  [
    /(?<skip>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/u,
    /(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/u,
    /(?<template>`(?:[^`\\]|\\[\s\S])*`)/u,
    /(?<word>[\p{ID_Start}$_#][\p{ID_Continue}$]*)/u,
    /(?<regex>\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*)/u,
    /(?<mark>[\s\S])/u,
  ]
    .map((part) => part.source)
    .join('|'),
  'uy',
);

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = new Set(['return', 'typeof', 'case', 'in', 'of', 'void', 'do', 'else']);

/** Every import, export-from, `import()`, `import type` and `require()` of TypeScript or JavaScript source, in order. */
export function scanImports(source: string): ScannedImport[] {
  const tokens = tokenize(source);
  return tokens.flatMap((token, i) => importAt(tokens, i, token));
}

function importAt(tokens: readonly Token[], i: number, token: Token): ScannedImport[] {
  if (token.kind !== 'word' || tokens[i - 1]?.text === '.') return [];
  const [next, after] = [tokens[i + 1], tokens[i + 2]];
  const found = (specifier: string | undefined) => [{ specifier, line: token.line }];
  if ((token.text === 'from' || token.text === 'import') && next?.kind === 'string')
    return found(next.text);
  const isCall = next?.text === '(' && next.kind === 'mark';
  if (!isCall || (token.text !== 'import' && token.text !== 'require')) return [];
  if (after?.kind === 'string') return found(after.text);
  return token.text === 'import' ? found(undefined) : [];
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length) {
    const [text, kind] = lexemeAt(source, at, tokens.at(-1));
    if (kind === 'string') tokens.push({ kind, text: text.slice(1, -1), line });
    else if (kind !== 'skip') tokens.push({ kind, text, line });
    for (const char of text) if (char === '\n') line++;
    at += text.length;
  }
  return tokens;
}

function lexemeAt(
  source: string,
  at: number,
  before: Token | undefined,
): [text: string, kind: Token['kind'] | 'skip'] {
  LEXEME.lastIndex = at;
  const match = LEXEME.exec(source);
  const groups = match?.groups ?? {};
  const text = match?.[0] ?? source.slice(at, at + 1);
  if (groups.regex !== undefined && isDivision(before)) return ['/', 'mark'];
  if (groups.skip !== undefined) return [text, 'skip'];
  if (groups.string !== undefined) return [text, 'string'];
  return [text, groups.word === undefined ? 'mark' : 'word'];
}

/** After a value a slash divides. A closing brace counts as the end of a block. */
function isDivision(before: Token | undefined): boolean {
  if (!before) return false;
  if (before.kind === 'mark') return before.text === ')' || before.text === ']';
  return before.kind === 'string' || !BEFORE_REGEX.has(before.text);
}
