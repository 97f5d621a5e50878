import { useCallback, useEffect, useState } from 'react';
import { BrowserRouter } from 'react-router-dom';
import { LiveLink } from './api/live-link.js';
import { type Entry, enter } from './api/session.js';
import { adoptTokenFromAddress, storedToken, storeToken } from './api/token-store.js';
import { AppHeader } from './components/app-header.js';
import { ConnectionBanner } from './components/connection-badge.js';
import { ProblemPanel } from './components/problem-panel.js';
import { Skeleton } from './components/skeleton.js';
import { type Session, SessionContext } from './components/wiring-context.js';
import { AppRoutes } from './pages/app-routes.js';
import { SignInPage } from './pages/sign-in-page.js';

type View =
  | { readonly kind: 'checking' }
  | { readonly kind: 'signIn'; readonly note: string; readonly guests: boolean }
  | Exclude<Entry, { kind: 'refused' }>;

const RETRY_MS = 3000;

/** What to show for a token: a token that is turned away is forgotten, and guests are tried instead. */
async function viewFor(token: string | null, onUnauthorized: () => void): Promise<View> {
  const entry = await enter(token, onUnauthorized);
  if (entry.kind !== 'refused') return entry;
  if (token === null) return { kind: 'signIn', note: '', guests: false };
  storeToken(null);
  const guest = await enter(null, onUnauthorized);
  return { kind: 'signIn', note: entry.message, guests: guest.kind === 'in' };
}

function useEntry() {
  const [view, setView] = useState<View>({ kind: 'checking' });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((count) => count + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round asks anew.
  useEffect(() => {
    let wanted = true;
    // Guests that may enter but not read must sign in; asking again would go round in circles.
    const refused = () =>
      storedToken() === null ? setView({ kind: 'signIn', note: '', guests: false }) : again();
    void viewFor(storedToken(), refused).then((next) => {
      if (wanted) setView(next);
    });
    return () => {
      wanted = false;
    };
  }, [round, again]);
  useEffect(() => {
    if (view.kind !== 'unreachable') return undefined;
    const timer = setTimeout(again, RETRY_MS);
    return () => clearTimeout(timer);
  }, [view, again]);
  useEffect(() => {
    const adopt = () => {
      const before = storedToken();
      adoptTokenFromAddress();
      if (storedToken() !== before) again();
    };
    window.addEventListener('hashchange', adopt);
    return () => window.removeEventListener('hashchange', adopt);
  }, [again]);
  return { view, setView, again };
}

type Entered = Extract<View, { kind: 'in' }>;

/** One live connection for as long as the identity stays the same. */
function useSessionOf(entry: Entered, signIn: () => void, again: () => void): Session | null {
  const [session, setSession] = useState<Session | null>(null);
  useEffect(() => {
    const link = new LiveLink(entry.token);
    link.open();
    const signOut = () => {
      storeToken(null);
      again();
    };
    const { api, identity } = entry;
    setSession({ api, link, identity, signedIn: entry.token !== null, signIn, signOut });
    const undo = link.state.subscribe(() => {
      // Turned away: a token that was revoked meanwhile shows by its 401, which leads to the sign-in page.
      if (link.state.get().phase === 'refused') api.whoami().catch(() => undefined);
    });
    return () => {
      undo();
      link.close();
    };
  }, [entry, signIn, again]);
  return session;
}

function Shell(props: { entry: Entered; onSignIn: () => void; again: () => void }) {
  const session = useSessionOf(props.entry, props.onSignIn, props.again);
  if (!session) return null;
  return (
    <SessionContext value={session}>
      <BrowserRouter>
        <AppHeader />
        <main id="main" tabIndex={-1}>
          <AppRoutes />
        </main>
        <ConnectionBanner link={session.link} />
      </BrowserRouter>
    </SessionContext>
  );
}

/** The web app: who are we, may we look, then the pages. */
export function App() {
  const { view, setView, again } = useEntry();
  const openSignIn = useCallback(
    () => setView({ kind: 'signIn', note: '', guests: true }),
    [setView],
  );
  if (view.kind === 'in') return <Shell entry={view} onSignIn={openSignIn} again={again} />;
  if (view.kind === 'checking') return <Skeleton />;
  if (view.kind === 'unreachable')
    return (
      <main className="sign-in">
        <ProblemPanel error={view.error} onRetry={again} />
      </main>
    );
  const onToken = async (token: string) => {
    const entry = await enter(token, again);
    if (entry.kind === 'refused') return entry.message;
    if (entry.kind === 'unreachable') return entry.error.message;
    storeToken(token);
    setView(entry);
    return undefined;
  };
  return (
    <SignInPage note={view.note} onToken={onToken} onGuest={view.guests ? again : undefined} />
  );
}
