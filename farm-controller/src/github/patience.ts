import { GithubLimited } from './github-errors.js';

/**
 * For work that may wait as long as GitHub has it wait: that it is away, or wants a pause, is no failure. What it refuses
 * is one, and an operator sees it.
 */
export async function patiently(
  work: () => Promise<number | undefined>,
): Promise<number | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GithubLimited) return error.untilMs;
    throw error;
  }
}
