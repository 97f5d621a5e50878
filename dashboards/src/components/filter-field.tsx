import { useEffect, useId, useRef, useState } from 'react';
import { Icon } from './icon.js';
import { useSlashKey } from './use-slash-key.js';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Fields that may be named, such as `target`. */
  readonly fields?: readonly string[];
  /** What of it was not understood. */
  readonly problems?: readonly string[];
}

/** The page's filter: a search field with its sign, reached by the key `/`. */
export function FilterField({ label, value, onChange, fields = [], problems = [] }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const problemId = useId();
  useSlashKey(input);
  // The address follows a moment later than the hand: while somebody types, what stands in the field is theirs.
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (!input.current?.matches(':focus')) setTyped(value);
  }, [value]);
  const type = (text: string) => {
    setTyped(text);
    onChange(text);
  };
  const help =
    fields.length === 0
      ? label
      : `Words must all be found; field:value looks in one field, a comma means or, -field:value excludes, quotes keep blanks. Fields: ${fields.join(', ')}`;
  return (
    <span className="filter">
      <label className="field" title={help}>
        <Icon name="search" />
        <span className="hidden">{label}</span>
        <input
          ref={input}
          type="search"
          value={typed}
          placeholder={label}
          spellCheck={false}
          autoComplete="off"
          aria-describedby={problems.length > 0 ? problemId : undefined}
          onChange={(event) => type(event.target.value)}
          onBlur={() => setTyped(value)}
        />
        <span className="key" aria-hidden="true">
          /
        </span>
      </label>
      {problems.length > 0 && (
        <span className="filter-problem" id={problemId} role="status">
          {problems[0]}
        </span>
      )}
    </span>
  );
}
