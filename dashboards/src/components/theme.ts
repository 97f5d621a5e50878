import { Store } from '../model/store.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'greenrack.theme';

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === value) ?? 'system';
}

/** The chosen theme; `system` follows the device. */
export const themeStore = new Store<Theme>(stored(), queueMicrotask);

/** Puts the theme on the page. */
export function applyTheme(): void {
  const theme = themeStore.get();
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = theme;
}

/** Goes on to the next theme and remembers it. */
export function cycleTheme(): void {
  themeStore.update((theme) => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system');
  localStorage.setItem(KEY, themeStore.get());
  applyTheme();
}
