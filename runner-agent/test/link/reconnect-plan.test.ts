import { describe, expect, it } from '@jest/globals';
import { ReconnectPlan } from '../../src/link/reconnect-plan.js';

describe('the plan to reconnect', () => {
  it('tries the same controller at once after a cut, then the others with growing pauses', () => {
    const plan = new ReconnectPlan(['http://a', 'http://b']);
    const tries = Array.from({ length: 8 }, () => ({ pauseMs: plan.failed(1), url: plan.url }));
    expect(tries.map(({ url }) => url.at(-1))).toEqual([...'abababab'.slice(0, 8)]);
    expect(tries.map(({ pauseMs }) => pauseMs)).toEqual([0, 50, 100, 200, 400, 800, 1000, 1000]);
  });

  it('starts over after a success, at the controller that answered', () => {
    const plan = new ReconnectPlan(['http://a', 'http://b']);
    plan.failed(1);
    plan.failed(1);
    plan.succeeded();
    expect([plan.failed(1), plan.url]).toEqual([0, 'http://b']);
  });

  it('spreads the agents of a rack over half of the pause', () => {
    const plan = new ReconnectPlan(['http://a']);
    plan.failed(0);
    expect(plan.failed(0)).toBe(25);
  });
});
