import { type RefObject, useEffect, useState } from 'react';
import { type Span, visibleRows } from '../model/windowing.js';

const OVERSCAN = 12;
const FIRST: Span = { start: 0, end: 40 };

/**
 * Which rows of a long list in the page's own scroll to draw. The element must be as tall as all rows together.
 * @param rowPx height that every row has.
 */
export function useWindowed(
  element: RefObject<HTMLElement | null>,
  count: number,
  rowPx: number,
): Span {
  const [span, setSpan] = useState(FIRST);
  useEffect(() => {
    const measure = () => {
      const top = element.current?.getBoundingClientRect().top ?? 0;
      const view = { topPx: -top, heightPx: window.innerHeight };
      const next = visibleRows(view, { count, rowPx, overscan: OVERSCAN });
      setSpan((old) => (old.start === next.start && old.end === next.end ? old : next));
    };
    measure();
    window.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [element, count, rowPx]);
  return { start: Math.min(span.start, count), end: Math.min(span.end, count) };
}
