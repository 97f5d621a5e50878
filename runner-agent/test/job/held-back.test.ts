import { describe, expect, it } from '@jest/globals';
import type { HostShare } from '../../src/contracts/host-share.js';
import { heldBack } from '../../src/job/held-back.js';

const share = (behind: number | undefined, busyMs: number | undefined): HostShare => ({
  load: () => (busyMs === undefined ? undefined : { ranUs: busyMs * 600, waitedUs: busyMs * 400 }),
  behindMs: async () => behind,
});

describe('what the host held a board back by', () => {
  it('is nothing while the board sleeps with nothing to wake it, although its clock stands', async () => {
    expect(await heldBack(share(60_000, 80)).behindMs?.()).toBe(80);
  });

  it('is all that the clock of a busy board is behind', async () => {
    expect(await heldBack(share(1500, 4000)).behindMs?.()).toBe(1500);
  });

  it('is not known where the clock is the host’s, or nobody keeps account', async () => {
    expect(await heldBack(share(undefined, 4000)).behindMs?.()).toBeUndefined();
    expect(await heldBack(share(1500, undefined)).behindMs?.()).toBeUndefined();
    expect(heldBack(undefined)).toEqual({});
  });
});
