import { text } from 'node:stream/consumers';
import { agentNameSchema, scanSchema } from '@greenrack/farm-protocol';
import { defaultInventoryDir, type Inventory, loadInventory } from './inventory.js';
import { proposeRack } from './propose-boards.js';

/*
 * What the command line asks the inventory. `-` stands for the inventory that comes with Greenrack.
 *
 *   inventory-main.js rack <dir> <agent>              boards of that rack, as JSON
 *   inventory-main.js propose <dir> <agent> < scan    rack file for boards that were found
 */
const EXIT_FAILED = 1;

function rack(inventory: Inventory, agent: string): string {
  const boards = inventory.racks.get(agent);
  if (boards) return JSON.stringify(boards);
  const known = [...inventory.racks.keys()].join(', ') || 'none';
  throw new Error(`no rack names the agent ${agent}; there is ${known}. Use --agent.`);
}

async function main([command, dir = '-', agent = '']: readonly string[]): Promise<string> {
  const inventory = loadInventory(dir === '-' ? defaultInventoryDir() : dir);
  if (command === 'rack') return rack(inventory, agent);
  if (command !== 'propose') throw new Error('usage: inventory-main.js rack|propose <dir> <agent>');
  const { boards } = scanSchema.parse(JSON.parse(await text(process.stdin)));
  return proposeRack(boards, inventory, agentNameSchema.parse(agent));
}

try {
  process.stdout.write(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT_FAILED;
}
