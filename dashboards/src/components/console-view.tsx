import {
  type ReactNode,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { ConsoleSource } from '../api/console-source.js';
import { isCut } from '../model/console-rows.js';
import { nextMatch } from '../model/console-search.js';
import { ConsoleLinesView } from './console-lines-view.js';
import type { RowStyle, TimeMode } from './console-row.js';
import { ConsoleStatus } from './console-status.js';
import { ConsoleOptions, ConsoleSearchBar } from './console-toolbar.js';
import { useConsoleBox } from './use-console-box.js';
import { useConsoleScroll } from './use-console-scroll.js';
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

function useExpanded(): [ReadonlySet<number>, (number: number) => void] {
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  const expand = useCallback(
    (number: number) => setExpanded((old) => new Set(old).add(number)),
    [],
  );
  return [expanded, expand];
}

/** Steps through matches; `found` is the number of the line it stands on. */
function useSearch(source: ConsoleSource) {
  const [term, setTerm] = useState('');
  const [found, setFound] = useState(0);
  const wanted = useDeferredValue(term);
  const { model } = source;
  useEffect(() => {
    if (model.search.needle === wanted.toLowerCase()) return;
    model.setTerm(wanted);
    setFound(0);
    source.touch();
  }, [model, source, wanted]);
  const step = (direction: 1 | -1): number => {
    // Enter may come before the deferred term does.
    const fresh = model.search.needle !== term.toLowerCase();
    model.setTerm(term);
    const { numbers } = model.search;
    const from = fresh ? 0 : found;
    const number = numbers[nextMatch(numbers, from, direction)] ?? 0;
    setFound(number);
    return number;
  };
  return { term, setTerm, found, step };
}

function useFullSize() {
  const [on, set] = useState(false);
  useEffect(() => {
    if (!on) return undefined;
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape') set(false);
    };
    document.documentElement.classList.add('no-scroll');
    window.addEventListener('keydown', leave);
    return () => {
      document.documentElement.classList.remove('no-scroll');
      window.removeEventListener('keydown', leave);
    };
  }, [on]);
  return { on, set };
}

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
  const search = useSearch(source);
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
      <div
        className={`console-scroll time-${time}`}
        ref={scroller}
        onScroll={scroll.onScroll}
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
          found={search.found}
        />
      </div>
      <footer className="console-foot">{actions}</footer>
    </section>
  );
}
