import { Icon } from './icon.js';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A search field with its sign. */
export function FilterField({ label, value, onChange }: Props) {
  return (
    <label className="field">
      <Icon name="search" />
      <span className="hidden">{label}</span>
      <input
        type="search"
        value={value}
        placeholder={label}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
