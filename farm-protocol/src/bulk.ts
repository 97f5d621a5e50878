/** Items of one list and keys of one mapping: more than anything of ours has, few enough to name what is wrong with each. */
const MAX_ITEMS = 10_000;

/**
 * Where `input` has a list or mapping that is longer than any schema of ours allows, such as `runs[3].tags`; undefined
 * when it has none. A schema looks at every item before it counts them, and words a problem for each: half a million
 * of them in a megabyte would hold up the process for seconds.
 */
export function oversizedPart(input: unknown): string | undefined {
  const waiting: { value: unknown; path: string }[] = [{ value: input, path: '' }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    const isList = Array.isArray(value);
    const keys = isList ? value : Object.keys(value);
    if (keys.length > MAX_ITEMS) return path === '' ? '(whole)' : path;
    for (const [key, part] of Object.entries(value))
      if (typeof part === 'object' && part !== null)
        waiting.push({ value: part, path: isList ? `${path}[${key}]` : join(path, key) });
  }
  return undefined;
}

export const TOO_MANY_ITEMS = `more than ${MAX_ITEMS} items`;

function join(path: string, key: string): string {
  const shown = key.slice(0, 100);
  return path === '' ? shown : `${path}.${shown}`;
}
