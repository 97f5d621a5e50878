import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { ConsoleSource } from '../api/console-source.js';
import { isCut } from '../model/console-rows.js';
import { ConsoleLinesView } from './console-lines-view.js';
import type { RowStyle, TimeMode } from './console-row.js';
import { ConsoleStatus } from './console-status.js';
import { ConsoleOptions, ConsoleSearchBar } from './console-toolbar.js';
import { useConsoleBox } from './use-console-box.js';
import { useConsoleScroll } from './use-console-scroll.js';
import { useConsoleSearch } from './use-console-search.js';
import { useExpanded } from './use-expanded.js';
import { useFullSize } from './use-full-size.js';
import { useLineLink } from './use-line-link.js';
import { NARROW, useMedia } from './use-media.js';
import { useSource, useStore } from './use-source.js';
import { useSession } from './wiring-context.js';

/** Same as in the style sheet. */
const ROW_PX = 18;
/** Characters left of the text: the mark, and the time stamp with its gap. */
const MARK_CHARS = 2;
const TIME_CHARS = { offset: 12, clock: 14, none: 0 } as const;
const NARROW_TIME_CHARS = { offset: 9, clock: 14, none: 0 } as const;
const PADDING_PX = 24;

/** The console of one attempt: live, searchable, as long as it may be. */
export function ConsoleView({ attemptId, actions }: { attemptId: string; actions: ReactNode }) {
  const session = useSession();
  const source = useSource(() => new ConsoleSource(session, attemptId), [session, attemptId]);
  const state = useStore(source.store);
  const { model } = source;
  const narrow = useMedia(NARROW);
  const scroller = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const [time, setTime] = useState<TimeMode>('offset');
  const [wrap, setWrap] = useState(true);
  const [expanded, expand] = useExpanded();
  const search = useConsoleSearch(source);
  const full = useFullSize();
  const box = useConsoleBox(scroller, probe);

  const gutter = MARK_CHARS + (narrow ? NARROW_TIME_CHARS : TIME_CHARS)[time];
  const columns = Math.max(16, Math.floor((box.widthPx - PADDING_PX) / box.charPx) - gutter);
  useEffect(() => {
    model.setLayout({ columns, wrap, expanded });
    source.touch();
  }, [model, source, columns, wrap, expanded]);

  const scroll = useConsoleScroll(scroller, model.rows.total * ROW_PX, box.viewPx);
  const style: RowStyle = useMemo(
    () => ({
      columns,
      rowPx: ROW_PX,
      time,
      decimals: narrow ? 3 : 6,
      wallMs: state.wallMs,
      needle: search.term.toLowerCase(),
      onExpand: expand,
    }),
    [columns, time, narrow, state.wallMs, search.term, expand],
  );
  const onStep = (direction: 1 | -1) => {
    const number = search.step(direction);
    if (number === 0) return;
    const index = model.indexOf(number);
    const line = model.lines[index];
    if (line && isCut(line, model.rows.layout)) expand(number);
    scroll.reveal(model.rows.startOf(index) * ROW_PX);
  };
  const link = useLineLink(source, (index) => scroll.reveal(model.rows.startOf(index) * ROW_PX));
  const { numbers } = model.search;
  return (
    <section className={`console${full.on ? ' console-full' : ''}`} aria-label="Console">
      <header className="console-head">
        <h2>Console</h2>
        <ConsoleStatus state={state} model={model} />
      </header>
      <div className="console-tools">
        <ConsoleSearchBar
          term={search.term}
          onTerm={search.setTerm}
          total={numbers.length}
          place={search.found === 0 ? 0 : numbers.indexOf(search.found) + 1}
          onStep={onStep}
        />
        <ConsoleOptions
          time={time}
          onTime={setTime}
          wrap={{ on: wrap, set: setWrap }}
          follow={{ on: scroll.follow, set: scroll.setFollow }}
          full={full}
        />
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: what is clicked are links. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears what the links inside let bubble. */}
      <div
        className={`console-scroll time-${time}`}
        ref={scroller}
        onScroll={scroll.onScroll}
        onClick={link.onClick}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        tabIndex={0}
      >
        <span className="console-probe" ref={probe} aria-hidden="true">
          {'0'.repeat(100)}
        </span>
        {model.dropped > 0 && (
          <p className="console-note">
            The first {model.dropped} lines are not kept here; the download has them.
          </p>
        )}
        <ConsoleLinesView
          model={model}
          scroll={scroll}
          viewPx={box.viewPx}
          style={style}
          found={search.found || link.line}
        />
      </div>
      <footer className="console-foot">{actions}</footer>
    </section>
  );
}
