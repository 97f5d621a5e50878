import { useEffect, useState } from 'react';

/** Whether a part of the page fills the window; Escape ends it. */
export function useFullSize() {
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
