import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { type ScrollMap, scrollMap } from '../model/windowing.js';

export interface ConsoleScroll {
  /** First visible pixel of the list. */
  readonly topPx: number;
  readonly scrollTopPx: number;
  readonly map: ScrollMap;
  readonly follow: boolean;
  readonly setFollow: (follow: boolean) => void;
  readonly onScroll: () => void;
  /** Brings a pixel of the list to the middle and stops following. */
  readonly reveal: (listPx: number) => void;
}

const AT_END_PX = 8;

/** Scrolling of the console: follows the end until the reader moves up, and again once they are back at the end. */
export function useConsoleScroll(
  scroller: RefObject<HTMLElement | null>,
  listPx: number,
  viewPx: number,
): ConsoleScroll {
  const [reportedPx, setScrollTop] = useState(0);
  const [follow, setFollow] = useState(true);
  const last = useRef(0);
  const map = scrollMap(listPx, viewPx);
  // A list that has become shorter is not scrolled as far as was reported last.
  const scrollTopPx = Math.min(reportedPx, Math.max(0, map.elementPx - viewPx));

  useLayoutEffect(() => {
    const element = scroller.current;
    if (follow && element && viewPx > 0) element.scrollTop = Math.max(0, map.elementPx - viewPx);
  }, [scroller, follow, map.elementPx, viewPx]);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    const atEnd = element.scrollHeight - top - element.clientHeight < AT_END_PX;
    if (atEnd) setFollow(true);
    else if (top < last.current) setFollow(false);
    last.current = top;
    setScrollTop(top);
  }, [scroller]);

  const reveal = (listTopPx: number) => {
    setFollow(false);
    const element = scroller.current;
    if (element) element.scrollTop = map.toScroll(Math.max(0, listTopPx - viewPx / 2));
  };
  return { topPx: map.toList(scrollTopPx), scrollTopPx, map, follow, setFollow, onScroll, reveal };
}
