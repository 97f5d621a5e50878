import { join } from 'node:path';
import { ROOT, type TestFarm } from '../../src/test-farm.js';
import { type NodeResult, runNode } from './run-node.js';

export const CLI = join(ROOT, 'farm-cli/dist/main.js');

/** Environment of a command line that speaks to a farm. */
export function cliEnv(farm: TestFarm): NodeJS.ProcessEnv {
  return { ...process.env, GREENRACK_URL: farm.client.url, GREENRACK_TOKEN: farm.adminToken };
}

/** Runs the command line as its own process against a farm, to its end. */
export async function runCli(
  farm: TestFarm,
  args: readonly string[],
  cwd: string,
): Promise<NodeResult> {
  return await runNode(CLI, args, { cwd, env: cliEnv(farm) });
}
