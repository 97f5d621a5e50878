/** One condition of a filter; it holds when any of its values is found. */
export interface FilterTerm {
  /** Undefined: looked for everywhere. */
  readonly field: string | undefined;
  /** In lower case. */
  readonly values: readonly string[];
  readonly excluded: boolean;
}

export interface Filter {
  /** All must hold. */
  readonly terms: readonly FilterTerm[];
  /** What was not understood, for people. */
  readonly problems: readonly string[];
}

/** Longest filter that is read, in characters. */
export const MAX_FILTER_CHARS = 500;

// A field's name, then its values: words and quoted phrases with commas between.
const FIELD = /^([a-z]+):/i;
const VALUE = /"([^"]*)"|([^\s,"]+)/y;

interface Cursor {
  readonly text: string;
  at: number;
}

/** Reads values with commas between, up to a blank. */
function readValues(cursor: Cursor): string[] {
  const values: string[] = [];
  for (;;) {
    VALUE.lastIndex = cursor.at;
    const found = VALUE.exec(cursor.text);
    if (found) {
      values.push((found[1] ?? found[2] ?? '').toLowerCase());
      cursor.at = VALUE.lastIndex;
    }
    if (cursor.text[cursor.at] !== ',') break;
    cursor.at += 1;
  }
  // A quote without its partner, while somebody types: taken as it stands.
  if (cursor.text[cursor.at] === '"') {
    values.push(cursor.text.slice(cursor.at + 1).toLowerCase());
    cursor.at = cursor.text.length;
  }
  return values.filter((value) => value !== '');
}

function readTerm(cursor: Cursor): FilterTerm {
  const excluded = cursor.text[cursor.at] === '-';
  if (excluded) cursor.at += 1;
  const field = FIELD.exec(cursor.text.slice(cursor.at, cursor.at + 32));
  if (field) cursor.at += field[0].length;
  const values = readValues(cursor);
  return { field: field?.[1]?.toLowerCase(), values, excluded };
}

function problemOf({ field, values }: FilterTerm, fields: readonly string[]): string[] {
  if (field === undefined) return [];
  if (!fields.includes(field))
    return [`there is no '${field}:' here; there are ${fields.join(', ')}`];
  return values.length === 0 ? [`'${field}:' needs a value`] : [];
}

/**
 * Reads a filter as people type it: `target:k64f,nrf52 -case:flash "power cut"`. Words must all be found, a comma
 * means or, a minus excludes, quotes keep blanks. What is not understood is left out and told.
 * @param fields - that there are, in lower case
 */
export function parseFilter(text: string, fields: readonly string[]): Filter {
  const cursor = { text: text.slice(0, MAX_FILTER_CHARS), at: 0 };
  const terms: FilterTerm[] = [];
  const problems: string[] = [];
  while (cursor.at < cursor.text.length) {
    if (/\s/.test(cursor.text[cursor.at] ?? '')) {
      cursor.at += 1;
      continue;
    }
    const term = readTerm(cursor);
    const wrong = problemOf(term, fields);
    problems.push(...wrong);
    if (wrong.length === 0 && term.values.length > 0) terms.push(term);
  }
  return { terms, problems };
}
