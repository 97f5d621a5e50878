import { type RefObject, useLayoutEffect, useState } from 'react';

export interface ConsoleBox {
  readonly viewPx: number;
  readonly widthPx: number;
  /** Width of one character of the console's font. */
  readonly charPx: number;
}

const FIRST: ConsoleBox = { viewPx: 480, widthPx: 640, charPx: 7.5 };

/** Size of the scroller, kept up to date; `probe` is an element of 100 characters in the console's font. */
export function useConsoleBox(
  scroller: RefObject<HTMLElement | null>,
  probe: RefObject<HTMLElement | null>,
): ConsoleBox {
  const [box, setBox] = useState(FIRST);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const measure = () => {
      const charPx = (probe.current?.getBoundingClientRect().width ?? 0) / 100 || FIRST.charPx;
      setBox({ viewPx: element.clientHeight, widthPx: element.clientWidth, charPx });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, probe]);
  return box;
}
