export interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Viewport {
  /** First visible pixel, counted from the top of the list; may be negative. */
  readonly topPx: number;
  readonly heightPx: number;
}

/** Rows to draw for what is visible, with `overscan` more on both sides. */
export function visibleRows(
  view: Viewport,
  list: { readonly count: number; readonly rowPx: number; readonly overscan: number },
): Span {
  const first = Math.floor(view.topPx / list.rowPx) - list.overscan;
  const last = Math.ceil((view.topPx + view.heightPx) / list.rowPx) + list.overscan;
  const start = Math.min(list.count, Math.max(0, first));
  return { start, end: Math.max(start, Math.min(list.count, last)) };
}

/** Browsers draw no element taller than some 17 million pixels. */
export const MAX_ELEMENT_PX = 12_000_000;

/** Maps a scroll bar that is as long as browsers allow to a list that may be longer. */
export interface ScrollMap {
  /** Height of the element inside of the scroller. */
  readonly elementPx: number;
  /** First visible pixel of the list at a scroll position. */
  toList(scrollTopPx: number): number;
  /** Scroll position that shows a pixel of the list first. */
  toScroll(listTopPx: number): number;
}

/** @param listPx height of all rows; `viewPx` of what is visible. */
export function scrollMap(listPx: number, viewPx: number, maxPx = MAX_ELEMENT_PX): ScrollMap {
  const elementPx = Math.min(listPx, maxPx);
  const scale = elementPx > viewPx ? (listPx - viewPx) / (elementPx - viewPx) : 1;
  return {
    elementPx,
    toList: (scrollTopPx) => scrollTopPx * scale,
    toScroll: (listTopPx) => listTopPx / scale,
  };
}
