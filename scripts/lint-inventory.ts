/** Lints the inventory that comes with Greenrack, or the folders that are named. */
import { defaultInventoryDir, lintInventory } from '@greenrack/board-inventory';

const dirs = process.argv.slice(2);
const problems = (dirs.length > 0 ? dirs : [defaultInventoryDir()]).flatMap(lintInventory);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
