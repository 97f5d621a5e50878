import type { BoardTransition } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import { formatDateTime, formatDuration } from '../model/format.js';
import { stateSpans, usableShare } from '../model/state-strip.js';
import { useNow } from './use-clock.js';

/** A board's past as one strip: how long it was in which state. */
export function StateStrip({ history }: { readonly history: readonly BoardTransition[] }) {
  const now = useNow();
  const spans = useMemo(() => stateSpans(history, now), [history, now]);
  const share = usableShare(spans);
  const [first] = spans;
  if (!first || share === undefined) return null;
  const percent = `${(share * 100).toFixed(share > 0.995 ? 1 : 0)} %`;
  return (
    <figure className="strip-figure">
      <div className="strip" role="img" aria-label={`Of use for ${percent} of the time shown`}>
        {spans.map((span) => (
          <span
            key={span.fromMs}
            className={`strip-part sign-${span.sign}`}
            style={{ flexGrow: Math.max(1, span.toMs - span.fromMs) }}
            title={`${span.sign} for ${formatDuration(span.toMs - span.fromMs)}\n${formatDateTime(span.fromMs)}\n${span.cause}`}
          />
        ))}
      </div>
      <figcaption className="strip-scale quiet">
        <span>{formatDateTime(first.fromMs)}</span>
        <span>
          of use <b className="num">{percent}</b> of the time
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
