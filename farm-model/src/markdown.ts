import { visibleText } from './visible-text.js';

/** Whatever means something in GitHub's Markdown or in a row of a table; `@` and `#` would call people and issues. */
const MEANS_SOMETHING = /[\\`*_{}[\]()<>#+!|~@&$:-]/g;

/**
 * Text of a stranger as one line of a table: shown as it is, and able to do nothing. Firmware wrote it.
 * @param maxChars - of the text, before it is escaped
 */
export function plain(text: string, maxChars = 200): string {
  const line = visibleText(text.replace(/\s+/g, ' '))
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim();
  const cut = line.length > maxChars ? `${wholeCharacters(line.slice(0, maxChars))}…` : line;
  return cut.replace(MEANS_SOMETHING, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The same for what GitHub shows as plain text, such as messages of annotations. */
export function plainText(text: string): string {
  return text
    .split('\n')
    .map((line) => visibleText(line).replace(/\p{Surrogate}/gu, '\ufffd'))
    .join('\n');
}

/** Without half of a character at its end. */
const wholeCharacters = (text: string): string => text.replace(/[\ud800-\udbff]$/, '');
