import type { TenantUsage } from './lane-summary.js';

/** Board time of the past counts half after this long. */
const HALF_LIFE_MS = 10 * 60_000;
/** What a run that has just begun is charged: many short ones begun at once still count. */
export const MIN_CHARGE_MS = 1_000;

interface Account {
  /** Time of ended attempts, decayed to `atMs`. */
  spentMs: number;
  atMs: number;
  /** Attempts under way, and the sum of their starting times. */
  running: number;
  startsMs: number;
}

/** Keeps count of the board time of each tenant, so that the least served one comes first. */
export class TenantMeter {
  readonly #accounts = new Map<string, Account>();

  began(tenant: string, nowMs: number): void {
    const account = this.#settle(tenant, nowMs);
    account.running++;
    account.startsMs += nowMs;
  }

  ended(tenant: string, startedMs: number, nowMs: number): void {
    const account = this.#settle(tenant, nowMs);
    account.running--;
    account.startsMs -= startedMs;
    account.spentMs += Math.max(MIN_CHARGE_MS, nowMs - startedMs);
  }

  usage(nowMs: number): TenantUsage {
    const usage = new Map<string, number>();
    for (const [tenant, account] of this.#accounts) {
      const { running, startsMs } = account;
      const underWay = Math.max(running * MIN_CHARGE_MS, running * nowMs - startsMs);
      usage.set(tenant, decayed(account, nowMs) + underWay);
    }
    return usage;
  }

  #settle(tenant: string, nowMs: number): Account {
    const known = this.#accounts.get(tenant);
    if (!known) {
      const account = { spentMs: 0, atMs: nowMs, running: 0, startsMs: 0 };
      this.#accounts.set(tenant, account);
      return account;
    }
    known.spentMs = decayed(known, nowMs);
    known.atMs = nowMs;
    return known;
  }
}

function decayed(account: Account, nowMs: number): number {
  return account.spentMs * 2 ** (-Math.max(0, nowMs - account.atMs) / HALF_LIFE_MS);
}
