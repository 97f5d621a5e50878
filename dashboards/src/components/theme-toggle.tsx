import { Icon, type IconName } from './icon.js';
import { cycleTheme, type Theme, themeStore } from './theme.js';
import { useStore } from './use-source.js';

const ICONS: Record<Theme, IconName> = { system: 'device', light: 'sun', dark: 'moon' };
const WORDS: Record<Theme, string> = {
  system: 'Theme: as the device',
  light: 'Theme: light',
  dark: 'Theme: dark',
};

/** Goes round: as the device, light, dark. */
export function ThemeToggle() {
  const theme = useStore(themeStore);
  return (
    <button
      type="button"
      className="icon-button"
      onClick={cycleTheme}
      aria-label={WORDS[theme]}
      title={WORDS[theme]}
    >
      <Icon name={ICONS[theme]} />
    </button>
  );
}
