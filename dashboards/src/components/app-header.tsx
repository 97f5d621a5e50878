import { useLayoutEffect, useRef } from 'react';
import { Link, NavLink, useLocation } from 'react-router-dom';
import { ConnectionBadge } from './connection-badge.js';
import { ThemeToggle } from './theme-toggle.js';
import { useSession } from './wiring-context.js';

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" />
      <path d="M8 9h16M8 23h16M9 16.2l4.4 3.4L23 12.6" />
    </svg>
  );
}

function Who() {
  const { identity, signedIn, signIn, signOut } = useSession();
  return (
    <span className="who">
      <span className="who-name" title={`role: ${identity.role}, tenant: ${identity.tenant}`}>
        {signedIn ? identity.name : 'Guest'}
      </span>
      <button type="button" className="link-button" onClick={signedIn ? signOut : signIn}>
        {signedIn ? 'Sign out' : 'Sign in'}
      </button>
    </span>
  );
}

const PLACES = [
  { to: '/', label: 'Boards' },
  { to: '/submissions', label: 'Submissions' },
  { to: '/queue', label: 'Queue' },
  { to: '/tests', label: 'Tests' },
  { to: '/flakes', label: 'Flakes' },
  { to: '/trends', label: 'Trends' },
  { to: '/schedules', label: 'Schedules' },
  { to: '/admin', label: 'Admin' },
];

/** On a phone the places are wider than the screen: the one where one is comes into sight. */
function Places() {
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address says which place is marked.
  useLayoutEffect(() => {
    const place = nav.current?.querySelector<HTMLElement>('.active');
    if (!nav.current || !place) return;
    nav.current.scrollLeft = place.offsetLeft - (nav.current.clientWidth - place.offsetWidth) / 2;
  }, [pathname]);
  return (
    <nav ref={nav} aria-label="Main">
      {PLACES.map(({ to, label }) => (
        <NavLink key={to} to={to} end={to === '/'}>
          {label}
        </NavLink>
      ))}
    </nav>
  );
}

/** The head of every page. */
export function AppHeader() {
  const { link } = useSession();
  return (
    <header className="app-header">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Link to="/" className="brand">
        <Mark />
        Greenrack
      </Link>
      <Places />
      <span className="header-end">
        <ConnectionBadge link={link} />
        <ThemeToggle />
        <Who />
      </span>
    </header>
  );
}
