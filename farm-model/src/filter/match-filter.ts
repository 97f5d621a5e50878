import { type Filter, type FilterTerm, parseFilter } from './parse-filter.js';

/** What a kind of thing has under each field; several texts, or none. */
export type FilterFields<T> = Readonly<Record<string, (item: T) => readonly string[]>>;

export interface Matcher<T> {
  readonly matches: (item: T) => boolean;
  readonly problems: Filter['problems'];
}

function holds<T>(
  { field, values, excluded }: FilterTerm,
  item: T,
  fields: FilterFields<T>,
): boolean {
  const read = field === undefined ? Object.values(fields) : [fields[field] ?? (() => [])];
  const found = read.some((texts) =>
    texts(item).some((text) => {
      const low = text.toLowerCase();
      return values.some((value) => low.includes(value));
    }),
  );
  return found !== excluded;
}

/** The one way in which lists are filtered, by pages, command line and API alike. */
export function filterBy<T>(text: string, fields: FilterFields<T>): Matcher<T> {
  const { terms, problems } = parseFilter(text, Object.keys(fields));
  return { matches: (item) => terms.every((term) => holds(term, item, fields)), problems };
}
