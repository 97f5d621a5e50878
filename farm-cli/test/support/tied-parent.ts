/** Starts the script that is named as a tied child, shares its stdout with it, and lives until it is killed. */
import { spawnTied } from '../../src/process/spawn-tied.js';

spawnTied([process.argv[2] ?? ''], { stdio: ['ignore', 'inherit', 'inherit'] });
process.stdin.resume();
