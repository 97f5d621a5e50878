/** Longest texts that an event may carry, in characters (see farm-protocol's event schemas). */
export const MAX_MESSAGE_CHARS = 4000;
export const MAX_EVIDENCE_LINE_CHARS = 1000;
export const MAX_NAME_CHARS = 200;

/** `text`, cut with an ellipsis when it is longer than `max` characters. */
export function bounded(text: string, max: number): string {
  return text.length <= max ? text : `${head(text, max - 1)}…`;
}

/** The first `length` characters; one less where the cut would leave half a character. */
export function head(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/** What is ASCII of a text whose other characters can only be noise. */
export function asciiOf(text: string): string {
  return text.replace(/[^\u0020-\u007e]/g, '');
}

/** A short quotation for messages. */
export function quoted(text: string): string {
  return JSON.stringify(bounded(text, 120));
}

/** Up to `shown` items and how many more there are. */
export function listed(items: readonly string[], shown = 5): string {
  const rest = items.length - shown;
  const head = items.slice(0, shown).map(quoted).join(', ');
  return rest > 0 ? `${head} and ${rest} more` : head;
}

/** A whole number of at most `digits` decimal digits, or undefined. */
export function wholeNumber(text: string | undefined, digits = 15): number | undefined {
  if (text === undefined || text.length > digits || !/^\d+$/.test(text)) return undefined;
  return Number(text);
}
