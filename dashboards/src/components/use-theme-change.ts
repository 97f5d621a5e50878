import { useEffect, useState } from 'react';
import { useMedia } from './use-media.js';

/** Changes whenever light becomes dark or the other way round: what is drawn on a canvas is drawn anew. */
export function useThemeChange(): string {
  const dark = useMedia('(prefers-color-scheme: dark)');
  const [chosen, setChosen] = useState(document.documentElement.dataset.theme);
  useEffect(() => {
    const read = () => setChosen(document.documentElement.dataset.theme);
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => observer.disconnect();
  }, []);
  return `${dark} ${chosen}`;
}
