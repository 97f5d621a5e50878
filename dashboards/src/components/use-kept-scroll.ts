import { useLayoutEffect } from 'react';
import { useLocation, useNavigationType } from 'react-router-dom';

/** How long a page that one came back to may take to be as tall as it was. */
const TALL_WITHIN_MS = 10_000;
const STORE = 'greenrack.scroll';
/** What a reader does to go elsewhere than back. */
const MOVES = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

const kept = new Map<string, number>(stored());

/** Survives a reload of the page; a browser that keeps nothing forgets the place, and no more. */
function stored(): [string, number][] {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? '[]') as [string, number][];
  } catch {
    return [];
  }
}

function store(): void {
  try {
    sessionStorage.setItem(STORE, JSON.stringify([...kept].slice(-50)));
  } catch {
    // As in private windows.
  }
}

/** Scrolls to `top` as soon as the page is tall enough, unless the reader is faster. Returns what gives it up. */
function scrollWhenTall(top: number, done: () => void): () => void {
  const giveUp = () => {
    clearTimeout(timer);
    grown.disconnect();
    for (const move of MOVES) window.removeEventListener(move, end);
  };
  const end = () => {
    giveUp();
    done();
  };
  const grown = new ResizeObserver(() => {
    window.scrollTo(0, top);
    if (window.scrollY >= top - 1) end();
  });
  const timer = setTimeout(end, TALL_WITHIN_MS);
  for (const move of MOVES) window.addEventListener(move, end, { passive: true });
  grown.observe(document.body);
  return giveUp;
}

/**
 * Back and forward lead to the place where the reader was, although the page is read anew and is short at first. The
 * browser would have given up by then.
 */
export function useKeptScroll(): void {
  const { key } = useLocation();
  const how = useNavigationType();
  useLayoutEffect(() => {
    window.history.scrollRestoration = 'manual';
    // Meanwhile the page is shorter than it will be: where it stands then is no place of the reader's.
    let restoring = true;
    const top = how === 'POP' ? (kept.get(key) ?? 0) : 0;
    const note = () => {
      if (!restoring) kept.set(key, window.scrollY);
    };
    const giveUp = scrollWhenTall(how === 'REPLACE' ? window.scrollY : top, () => {
      restoring = false;
      note();
    });
    window.addEventListener('scroll', note, { passive: true });
    window.addEventListener('pagehide', store);
    return () => {
      giveUp();
      window.removeEventListener('scroll', note);
      window.removeEventListener('pagehide', store);
    };
  }, [key, how]);
}
