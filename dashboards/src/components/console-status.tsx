import type { ConsoleState } from '../api/console-source.js';
import type { ConsoleModel } from '../model/console-model.js';
import { formatBytes, plural } from '../model/format.js';

const WORDS: Record<ConsoleState['phase'], string> = {
  waiting: 'waiting for the first bytes',
  live: 'live',
  complete: 'complete',
  failed: 'cannot be shown',
};

/** How much of the console is here, and whether more comes. */
export function ConsoleStatus({ state, model }: { state: ConsoleState; model: ConsoleModel }) {
  const lines = model.dropped + model.lines.length;
  // Subscribed, and nothing has come: it may be the log of a run that ended long ago.
  const phase = state.phase === 'live' && state.bytes === 0 ? 'waiting' : state.phase;
  return (
    <span className={`console-status quiet num console-${phase}`} title={state.problem}>
      {state.bytes > 0 && `${plural(lines, 'line')} · ${formatBytes(state.bytes)} · `}
      {WORDS[phase]}
      {state.problem !== '' && `: ${state.problem}`}
    </span>
  );
}
