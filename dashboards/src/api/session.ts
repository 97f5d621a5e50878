import { FarmApi, type Identity } from './farm-api.js';
import { ApiProblem, HttpClient } from './http-client.js';

export type Entry =
  | {
      readonly kind: 'in';
      readonly api: FarmApi;
      readonly identity: Identity;
      readonly token: string | null;
    }
  /** The token is not, or no longer, taken. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly error: Error };

/**
 * Asks the controller who we are.
 * @param onUnauthorized called later, when the token stops to be taken.
 */
export async function enter(token: string | null, onUnauthorized: () => void): Promise<Entry> {
  const trial = new FarmApi(new HttpClient(token, () => undefined));
  try {
    const identity = await trial.whoami();
    return { kind: 'in', api: new FarmApi(new HttpClient(token, onUnauthorized)), identity, token };
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 401 || error.status === 403))
      return { kind: 'refused', message: error.message };
    return {
      kind: 'unreachable',
      error: error instanceof Error ? error : new Error(String(error)),
    };
  }
}
