import { lineAt } from './text-file.js';

/*
 * Where things stand in YAML, from the nodes of the `yaml` library. Their shape is all that is needed here: who parses
 * brings the library.
 */
interface Node {
  readonly value?: unknown;
  readonly range?: readonly number[] | null | undefined;
  readonly items?: readonly unknown[];
}

/** Line of what stands at `path` below `root`, or of its nearest parent; undefined when there is none. */
export function yamlLineOf(
  text: string,
  root: unknown,
  path: readonly PropertyKey[],
): number | undefined {
  let node = asNode(root);
  let offset = node?.range?.[0];
  for (const key of path) {
    const found = typeof key === 'number' ? elementOf(node, key) : entryOf(node, key);
    if (!found) break;
    offset = found.offset ?? offset;
    node = found.node;
  }
  return offset === undefined ? undefined : lineAt(text, offset);
}

interface Found {
  readonly node: Node | undefined;
  readonly offset: number | undefined;
}

function elementOf(list: Node | undefined, index: number): Found | undefined {
  const node = asNode(list?.items?.[index]);
  return node && { node, offset: node.range?.[0] };
}

/** A field stands where its name does: its value may begin lines below. */
function entryOf(map: Node | undefined, wanted: PropertyKey): Found | undefined {
  for (const item of map?.items ?? []) {
    if (typeof item !== 'object' || item === null || !('key' in item)) continue;
    const key = asNode(item.key);
    if (key && String(key.value) === String(wanted))
      return { node: asNode('value' in item ? item.value : undefined), offset: key.range?.[0] };
  }
  return undefined;
}

/** What to give the library as `uniqueKeys`: compares as it does by itself, and remembers the names that stand twice. */
export class KeyWatch {
  #twice: readonly [Node, Node] | undefined;

  readonly isSame = (a: unknown, b: unknown): boolean => {
    const [first, second] = [asNode(a), asNode(b)];
    if (!first || !second || first.value === undefined) return a === b;
    const isSame = first.value === second.value;
    if (isSame) this.#twice ??= [first, second];
    return isSame;
  };

  /** Words about the first name that stands twice; undefined when none does. */
  complaint(text: string): string | undefined {
    if (!this.#twice) return undefined;
    const [name] = this.#twice;
    const lines = this.#twice.map((node) => lineAt(text, node.range?.[0] ?? 0));
    const [first, second] = lines.sort((a, b) => a - b);
    return `'${String(name.value).slice(0, 100)}' stands twice, in line ${first} and line ${second}`;
  }
}

const asNode = (value: unknown): Node | undefined =>
  typeof value === 'object' && value !== null ? (value as Node) : undefined;
