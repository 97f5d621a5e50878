import type { HostTestContext } from '@greenrack/farm-protocol';

/** The `__sync` values by which tests tell that the host knows of their restart. */
export const SYNC_ZERO = '0';
export const SYNC_DUMMY_UUID = '00000000-0000-000000000-000000000000';

/** The board restarts by itself `afterMs` from now; resolves when it answers. */
export async function awaitRestart(
  context: HostTestContext,
  value: string,
  afterMs = 0,
): Promise<void> {
  context.expectReset();
  if (afterMs > 0) await context.delay(afterMs);
  await context.resync(value);
}

/** Restarts the board; resolves when its firmware answers. */
export async function restart(context: HostTestContext, value: string): Promise<void> {
  await context.resetBoard();
  await context.resync(value);
}
