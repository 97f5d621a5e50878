import type { Logger } from 'pino';
import { failureOf, GithubLimited } from './github-errors.js';

/** Until somebody asks GitHub again that did not answer. */
const PAUSE_MS = 60_000;

/**
 * For work that may wait as long as GitHub has it wait: that it is away, or wants a pause, is no failure. What it refuses
 * is one, and an operator sees it.
 */
export function patienceOver({ now, log }: { now: () => number; log: Logger }) {
  return async (work: () => Promise<number | undefined>): Promise<number | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof GithubLimited) return error.untilMs;
      const status = failureOf(error)?.status;
      if (status === undefined || status < 500) throw error;
      log.warn({ err: error }, 'GitHub does not answer');
      return now() + PAUSE_MS;
    }
  };
}
