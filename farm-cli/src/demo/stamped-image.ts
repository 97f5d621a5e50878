import { readFileSync, writeFileSync } from 'node:fs';

/** Where an image that knows its commit keeps it (firmware/apps/rtos_switch). */
const PLACE = Buffer.from(`commit:${'0'.repeat(40)}`);

/** Writes a copy of an image as it would have been built from that commit. @param sha - 40 hex digits */
export function stampImage(from: string, to: string, sha: string): void {
  const bytes = readFileSync(from);
  const at = bytes.indexOf(PLACE);
  if (at < 0) throw new Error(`${from} has no place for its commit`);
  bytes.write(sha, at + PLACE.length - sha.length, 'latin1');
  writeFileSync(to, bytes);
}
