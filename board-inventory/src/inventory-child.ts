import { loadInventory } from './inventory.js';
import { lintInventory } from './lint.js';
import type { InventoryAnswer } from './load-inventory-apart.js';

function answer(dir: string): InventoryAnswer {
  try {
    return { ok: true, inventory: loadInventory(dir), remarks: lintInventory(dir) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

process.send?.(answer(process.argv[2] ?? ''), () => process.disconnect());
