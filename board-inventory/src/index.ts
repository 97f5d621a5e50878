export { type GoldenImageFile, missingGoldenImages } from './golden-image.js';
export * from './inventory.js';
export * from './lint.js';
export { loadInventoryApart } from './load-inventory-apart.js';
export * from './mbed-targets.js';
export * from './propose-boards.js';
export { checkYaml, readYaml } from './read-yaml.js';
export {
  type BoardModel,
  boardModelSchema,
  type MemoryRegion,
  type Rack,
  rackSchema,
} from './schema.js';
export * from './selector.js';
