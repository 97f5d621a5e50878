/** Lints the inventory that comes with Greenrack, or the folders that are named. */
import {
  defaultInventoryDir,
  lintInventory,
  loadInventory,
  missingGoldenImages,
} from '@greenrack/board-inventory';

const named = process.argv.slice(2);
const dirs = named.length > 0 ? named : [defaultInventoryDir()];
const problems = dirs.flatMap(lintInventory);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
// No fault of the files: such an image may not have been built yet.
if (problems.length === 0)
  for (const warning of dirs.map(loadInventory).flatMap(missingGoldenImages))
    console.error(`warning: ${warning}`);
