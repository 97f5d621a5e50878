/** Checks that the imports of every room follow the arrows in its DEPS.json. `check-deps.ts [folder of the rooms]` */
import { fileURLToPath } from 'node:url';
import { checkRooms } from './lib/check-rooms.js';

const complaints = checkRooms(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
