import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** How often a connection is tried, and how long its answer may take, in ms. */
export interface PulseTiming {
  readonly everyMs: number;
  readonly deadlineMs: number;
}
const TIMING: PulseTiming = { everyMs: 5000, deadlineMs: 5000 };

/**
 * Notices a peer that is gone without a word: a machine that lost its power, a firewall that forgot the connection. No
 * event tells of that, so Redis is asked; without an answer in time the connection is given up and opened again.
 */
export function keepPulse(redis: Redis, log: Logger, timing: PulseTiming = TIMING): void {
  let isAsked = false;
  const beat = async (): Promise<void> => {
    if (isAsked || redis.status !== 'ready') return;
    isAsked = true;
    const late = setTimeout(() => {
      log.warn({ deadlineMs: timing.deadlineMs }, 'redis does not answer: connecting again');
      redis.disconnect(true);
    }, timing.deadlineMs);
    // A refusal is an answer; a connection that is lost meanwhile says so itself.
    await redis.ping().catch(() => undefined);
    clearTimeout(late);
    isAsked = false;
  };
  const timer = setInterval(() => void beat(), timing.everyMs);
  timer.unref();
  redis.once('end', () => clearInterval(timer));
}
