import type { FarmClient } from './farm-client.js';

/**
 * Serial of the board that people name so, or by its serial. What names no board is taken for a serial: the farm says
 * then that there is none.
 */
export async function serialOf(client: FarmClient, named: string): Promise<string> {
  for await (const { serial, name } of client.boards())
    if (serial === named || name === named) return serial;
  return named;
}
