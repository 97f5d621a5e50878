import { createContext, useContext } from 'react';
import type { Identity } from '../api/farm-api.js';
import type { Wiring } from '../api/live-source.js';

/** What pages get from the shell. */
export interface Session extends Wiring {
  readonly identity: Identity;
  /** Whether a token is in use; without one the farm lets guests look. */
  readonly signedIn: boolean;
  /** Opens the sign-in page. */
  readonly signIn: () => void;
  /** Forgets the token. */
  readonly signOut: () => void;
}

export const SessionContext = createContext<Session | null>(null);

/** @throws Error outside of the shell. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession outside of the session');
  return session;
}
