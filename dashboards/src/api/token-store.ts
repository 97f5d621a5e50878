const KEY = 'greenrack.token';

/** Reads the token that this browser keeps; null when there is none. */
export function storedToken(): string | null {
  return localStorage.getItem(KEY);
}

/** Keeps a token, or forgets it. */
export function storeToken(token: string | null): void {
  if (token === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, token);
}

/**
 * Moves a token out of the address (`#token=…`) into the store, at once and without a trace in the history, so that
 * it is neither copied with the address nor sent as a referrer.
 */
export function adoptTokenFromAddress(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return;
  fragment.delete('token');
  const rest = fragment.toString();
  history.replaceState(null, '', location.pathname + location.search + (rest && `#${rest}`));
  if (token.trim() !== '') storeToken(token.trim());
}
