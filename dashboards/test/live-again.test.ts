import { describe, expect, it } from '@jest/globals';
import { type LinkPhase, onLiveAgain } from '../src/model/live-again.js';
import { Store } from '../src/model/store.js';

describe('what was read once', () => {
  it('is read again when a lost connection is back, and not when the first one stands', () => {
    const state = new Store<{ phase: LinkPhase }>({ phase: 'connecting' }, (notify) => notify());
    let times = 0;
    const undo = onLiveAgain(state, () => {
      times += 1;
    });
    const go = (...phases: readonly LinkPhase[]) => {
      for (const phase of phases) state.update(() => ({ phase }));
      return times;
    };
    expect(go('live')).toBe(0);
    expect(go('reconnecting', 'gone', 'connecting', 'live')).toBe(1);
    expect(go('reconnecting', 'live')).toBe(2);
    undo();
    expect(go('gone', 'live')).toBe(2);
  });
});
