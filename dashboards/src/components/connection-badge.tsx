import type { LinkState, LiveLink } from '../api/live-link.js';
import { ASK_EVERY_MS } from '../api/live-source.js';
import { formatDateTime } from '../model/format.js';
import { useStore } from './use-source.js';

const WORDS: Record<LinkState['phase'], string> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  gone: 'Controller gone',
  refused: 'Not live',
  blocked: 'Not live',
};

/** How the live connection is doing. */
export function ConnectionBadge({ link }: { readonly link: LiveLink }) {
  const { phase, sinceMs } = useStore(link.state);
  return (
    <span
      className={`link-state link-${phase}`}
      role="status"
      title={`since ${formatDateTime(sinceMs)}`}
    >
      <span className="link-dot" aria-hidden="true" />
      <span className="link-word">{WORDS[phase]}</span>
    </span>
  );
}

const BANNERS: Partial<Record<LinkState['phase'], string>> = {
  gone: 'The controller does not answer. What you see is as it was then; it is brought up to date as soon as it is back.',
  refused:
    'The controller does not send live events to this page. What you see may be out of date.',
  blocked: `No live events come through: a proxy on the way has to pass the headers Upgrade and Connection on. The page asks every ${ASK_EVERY_MS / 1000} s instead; consoles are shown by greenrack log.`,
};

/** Says so, over the foot of the page, when what is shown may be old. Nothing moves when it comes or goes. */
export function ConnectionBanner({ link }: { readonly link: LiveLink }) {
  const { phase, sinceMs } = useStore(link.state);
  const text = BANNERS[phase];
  if (text === undefined) return null;
  return (
    <div className="banner" role="alert">
      <p>
        <b>Since {formatDateTime(sinceMs).slice(11)}.</b> {text}
      </p>
      <button type="button" className="button" onClick={() => link.retry()}>
        Try now
      </button>
    </div>
  );
}
