import { UNTRUSTED_TAG } from '@greenrack/farm-protocol';
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { type Inventory, loadInventory, yamlFiles } from './inventory.js';
import { mbedTargets } from './mbed-targets.js';
import { parseYaml, readBounded } from './read-yaml.js';
import { boardModelSchema, memoryRegionSchema, rackBoardSchema, rackSchema } from './schema.js';

type KeyOrder = { readonly keys: readonly string[]; readonly lists: Record<string, KeyOrder> };

const MODEL_ORDER: KeyOrder = {
  keys: Object.keys(boardModelSchema.shape),
  lists: { memory: { keys: Object.keys(memoryRegionSchema.shape), lists: {} } },
};
const RACK_ORDER: KeyOrder = {
  keys: Object.keys(rackSchema.shape),
  lists: { boards: { keys: Object.keys(rackBoardSchema.shape), lists: {} } },
};

/**
 * What is wrong with an inventory, one sentence each that names the file; empty when it is fine.
 * Beyond what {@link loadInventory} refuses: unknown Mbed targets, boards for strangers that nothing could prove sound
 * afterwards, and keys out of order.
 */
export function lintInventory(dir: string): string[] {
  try {
    const inventory = loadInventory(dir);
    const unknown = [...inventory.models.values()].filter((m) => !mbedTargets().has(m.target));
    return [
      ...unknown.map((m) => `${dir}/models/${m.name}.yaml: target: Mbed has no target ${m.target}`),
      ...unproven(inventory),
      ...yamlFiles(`${dir}/models`).flatMap((file) => lintOrder(file, MODEL_ORDER)),
      ...yamlFiles(`${dir}/racks`).flatMap((file) => lintOrder(file, RACK_ORDER)),
    ];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function unproven({ boards, goldenImages }: Inventory): string[] {
  return boards
    .filter(({ tags, model }) => tags.includes(UNTRUSTED_TAG) && !goldenImages.has(model))
    .map(
      ({ serial, model }) =>
        `board ${serial}: the tag ${UNTRUSTED_TAG} needs a goldenImage of model ${model}: without one the first run of a stranger has it quarantined`,
    );
}

function lintOrder(file: string, order: KeyOrder): string[] {
  const root = parseYaml(readBounded(file), file).contents;
  return isMap(root) ? lintMap(root, order, `${file}: `) : [];
}

function lintMap(map: YAMLMap, order: KeyOrder, place: string): string[] {
  const found = map.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''));
  const sorted = order.keys.filter((key) => found.includes(key));
  const at = found.findIndex((key, i) => key !== sorted[i]);
  const own = at < 0 ? [] : [`${place}${found[at]}: write the keys as ${sorted.join(', ')}`];
  return [...own, ...Object.entries(order.lists).flatMap(([k, o]) => lintList(map, k, o, place))];
}

function lintList(map: YAMLMap, key: string, order: KeyOrder, place: string): string[] {
  const list = map.get(key);
  if (!isSeq(list)) return [];
  return list.items.flatMap((item, i) =>
    isMap(item) ? lintMap(item, order, `${place}${key}[${i}].`) : [],
  );
}
