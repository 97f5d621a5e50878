import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDetails } from './details-txt.js';

/** The files that a probe shows are a few hundred bytes. */
const MAX_TEXT_BYTES = 64 * 1024;

/** Text of a file on a probe's drive; undefined when it is not there, or the drive went while we read. */
export async function readDriveText(mountPoint: string, name: string): Promise<string | undefined> {
  try {
    const path = join(mountPoint, name);
    if ((await stat(path)).size > MAX_TEXT_BYTES) return undefined;
    return await readFile(path, 'latin1');
  } catch {
    // Both are answered by the next mount.
    return undefined;
  }
}

/** The id that a board tells on its drive: DETAILS.TXT before MBED.HTM. ST-Link drives have the latter only. */
export async function idOnDrive(mountPoint: string): Promise<string | undefined> {
  const { uniqueId } = parseDetails((await readDriveText(mountPoint, 'DETAILS.TXT')) ?? '');
  if (uniqueId !== undefined) return uniqueId;
  const html = (await readDriveText(mountPoint, 'MBED.HTM')) ?? '';
  return hexId(/[?&](?:code|auth)=([0-9A-Fa-f]+)/.exec(html)?.[1]);
}

/** `text` in lower case if it is the id of a board. */
export function hexId(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9A-Fa-f]{24,64}$/.test(text) ? text.toLowerCase() : undefined;
}
