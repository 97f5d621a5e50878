import { type MouseEvent, useEffect, useRef } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';
import type { ConsoleSource } from '../api/console-source.js';
import { lineOf } from '../model/line-link.js';

/** Lines that have to follow before a line can stand in the middle: at the end of the list it would follow the end. */
const ROOM = 200;

/**
 * The line that the address names, brought into sight as soon as it is here. `onClick` puts the line whose time was
 * clicked into the address.
 */
export function useLineLink({ model, store }: ConsoleSource, reveal: (index: number) => void) {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const clicked = useRef('');
  const line = lineOf(hash);
  const count = model.dropped + model.lines.length;
  const isPlaced = count >= line + ROOM || (store.get().phase === 'complete' && count >= line);
  // biome-ignore lint/correctness/useExhaustiveDependencies: how to reveal changes with every line, when to does not.
  useEffect(() => {
    // A line that was clicked is in sight, and stays where it is.
    if (line > 0 && isPlaced && clicked.current !== hash) reveal(model.indexOf(line));
  }, [hash, isPlaced]);
  const onClick = (event: MouseEvent) => {
    const time = event.target instanceof Element ? event.target.closest('a.line-time') : null;
    if (!time || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    clicked.current = time.getAttribute('href') ?? '';
    void navigate({ search: window.location.search, hash: clicked.current }, { replace: true });
  };
  return { line, onClick };
}
