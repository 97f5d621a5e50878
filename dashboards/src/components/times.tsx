import { formatAgo, formatElapsed, formatWithUtc } from '../model/format.js';
import { useNow } from './use-clock.js';

/** Time since `sinceMs`, counting up. */
export function Elapsed({ sinceMs }: { readonly sinceMs: number }) {
  const now = useNow();
  return (
    <time className="num" title={`since ${formatWithUtc(sinceMs)}`}>
      {formatElapsed(now - sinceMs)}
    </time>
  );
}

/** How long ago; the exact moment on hover. */
export function Ago({ atMs }: { readonly atMs: number }) {
  const now = useNow();
  return (
    <time className="num" dateTime={new Date(atMs).toISOString()} title={formatWithUtc(atMs)}>
      {formatAgo(atMs, now)}
    </time>
  );
}
