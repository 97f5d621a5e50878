import { pageOf } from '@greenrack/farm-protocol';
import type { z } from 'zod';
import type { FarmHttp } from './farm-http.js';

/** Items that one page asks for. */
const PAGE_ITEMS = 200;

/** `?a=1&b=2`, or nothing. */
export function queryString(values: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(values).toString();
  return text === '' ? '' : `?${text}`;
}

/** All items of a list, fetched page by page as they are taken. */
export async function* readPages<T extends z.ZodType>(
  http: FarmHttp,
  item: T,
  path: string,
): AsyncGenerator<z.infer<T>> {
  const base = `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE_ITEMS}`;
  let cursor: string | null = '';
  while (cursor !== null) {
    const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: z.infer<T>[]; nextCursor: string | null } = await http.read(pageOf(item), {
      method: 'GET',
      path: `${base}${at}`,
    });
    yield* page.items;
    cursor = page.nextCursor;
  }
}

/** The first `count` items; the rest is never asked for. */
export async function takeFirst<T>(items: AsyncGenerator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= count) break;
  }
  return taken;
}
