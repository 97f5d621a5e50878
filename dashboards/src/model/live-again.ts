import type { Store } from './store.js';

/** How the live connection is doing. */
export type LinkPhase = 'connecting' | 'live' | 'reconnecting' | 'gone' | 'refused' | 'blocked';

/** Calls `again` each time when a connection that was lost is back: what was read before may be old. Returns the undo. */
export function onLiveAgain(
  state: Pick<Store<{ readonly phase: LinkPhase }>, 'get' | 'subscribe'>,
  again: () => void,
): () => void {
  let isLost = false;
  return state.subscribe(() => {
    const { phase } = state.get();
    if (phase === 'live' && isLost) again();
    if (phase !== 'connecting') isLost = phase !== 'live';
  });
}
