import type { AttemptView } from '@greenrack/farm-protocol';
import { type KeyboardEvent, useRef } from 'react';
import { VerdictChip } from './verdict-chip.js';

interface Props {
  readonly attempts: readonly AttemptView[];
  readonly selected: number;
  readonly onSelect: (number: number) => void;
}

/** One tab for each attempt; arrow keys move between them. */
export function AttemptTabs({ attempts, selected, onSelect }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const at = attempts.findIndex((attempt) => attempt.number === selected) + step;
    const next = attempts[at];
    if (step === 0 || !next) return;
    onSelect(next.number);
    list.current?.querySelectorAll('button')[at]?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Attempts" ref={list}>
      {attempts.map((attempt) => (
        <button
          key={attempt.id}
          type="button"
          role="tab"
          id={`attempt-tab-${attempt.number}`}
          aria-controls="attempt-panel"
          aria-selected={attempt.number === selected}
          tabIndex={attempt.number === selected ? 0 : -1}
          onClick={() => onSelect(attempt.number)}
          onKeyDown={onKeyDown}
        >
          Attempt {attempt.number}
          <VerdictChip standing={attempt.verdict ?? 'running'} />
        </button>
      ))}
    </div>
  );
}
