import type { ReactNode } from 'react';
import { ProblemPanel } from './problem-panel.js';
import { Reading } from './reading.js';
import type { useAnswer } from './use-answer.js';

interface Props<T> {
  /** Names the panel for those who cannot see it. */
  readonly id: string;
  readonly title: string;
  readonly answer: ReturnType<typeof useAnswer<T>>;
  /** Beside the title, as soon as there is an answer. */
  readonly note?: (data: T) => ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** A panel of what the controller answers: its title stands at once, what it says only when it is known. */
export function AnswerPanel<T>({ id, title, answer, note, children }: Props<T>) {
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls, and keys must get there.
    <section className="panel compare-scroll" aria-labelledby={id} tabIndex={0}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {answer.status === 'ready' && note?.(answer.data)}
      </header>
      {answer.status === 'ready' ? children(answer.data) : <Reading />}
    </section>
  );
}
