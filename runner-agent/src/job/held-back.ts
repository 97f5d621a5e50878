import type { HostShare } from '../contracts/host-share.js';
import type { SessionContext } from '../session/run-kind.js';

/**
 * By how much the host held the board's clock back. A board that sleeps with nothing to wake it lets its clock stand, and
 * nobody is to blame for that: no more than the time in which it had something to do counts.
 */
export function heldBack(share: HostShare | undefined): Pick<SessionContext, 'behindMs'> {
  if (!share) return {};
  const behindMs = async (): Promise<number | undefined> => {
    const behind = await share.behindMs();
    const load = share.load();
    if (behind === undefined || !load) return undefined;
    return Math.min(behind, (load.ranUs + load.waitedUs) / 1000);
  };
  return { behindMs };
}
