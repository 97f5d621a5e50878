/** What the scanner must find, the slow way: every line searched with the regular expression of the original tool. */
export interface Token {
  readonly message?: readonly [string, string];
  readonly line?: string;
}

/** A message that names a case, whose value may hold braces; or any other one, or one that breaks at its brace. */
const MESSAGE =
  /\{\{(?:(__testcase_(?:name|start|finish));([^}]+(?:\}(?!\})(?:[^{}]|\{(?!\{))*)*\}*)\}\}|(?!__testcase_(?:name|start|finish);)([A-Za-z0-9_-]+);([^}]+)\}(?:\}|(?!\})()))/g;

function lineTokens(line: string, isComplete: boolean): Token[] {
  const tokens: Token[] = [];
  let after = 0;
  for (const found of line.matchAll(MESSAGE)) {
    if (found[5] !== undefined) continue;
    const before = line.slice(after, found.index).replace(/\r+$/, '');
    if (before !== '') tokens.push({ line: before });
    tokens.push({ message: [found[1] ?? found[3] ?? '', found[2] ?? found[4] ?? ''] });
    after = found.index + found[0].length;
  }
  const rest = line.slice(after).replace(/\r+$/, '');
  if (isComplete && (rest !== '' || after === 0)) tokens.push({ line: rest });
  return tokens;
}

/** Tokens of a whole console text, in wire order. */
export function tokensByRegex(text: string): Token[] {
  const lines = text.replace(/[\u0000\u00f8\u00fe\u00ff]/g, '').split('\n');
  return lines.flatMap((line, i) => lineTokens(line, i < lines.length - 1));
}
