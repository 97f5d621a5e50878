import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../exit-code.js';

/** Where this command line lives: two folders above its compiled files. */
export const repositoryDir = (): string => fileURLToPath(new URL('../../..', import.meta.url));

/** The built pages of the dashboard; they are missing in a clone that was set up for a client only. */
export const dashboardDir = (): string => join(repositoryDir(), 'dashboards', 'dist');

/** Names of the rooms that run as processes of their own. */
export type RoomName = 'farm-controller' | 'runner-agent';

/** A script of a room: by default the one that starts it. @throws UsageError when it has not been compiled. */
export function roomScript(room: RoomName | 'board-inventory', name = 'main.js'): string {
  const script = join(repositoryDir(), room, 'dist', name);
  if (existsSync(script)) return script;
  throw new UsageError(`${script} is missing: run \`npm run setup\` in ${repositoryDir()}`);
}
