import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { attemptEvents, endEvent, granted, smallLog } from '../support/fake-agent.js';
import { board, need, StageFarm } from '../support/stage-farm.js';

let farm: StageFarm;
beforeEach(async () => {
  farm = await StageFarm.start({ racks: { 'rack-1': [board('B1')] } });
});
afterEach(() => farm.stop());

it('a report that will never pass ends its attempt as an internal error, with its evidence, and the board comes back', async () => {
  const agent = farm.agent('rack-1');
  await agent.join();
  const [run] = await farm.submit([need({ board: 'B1' }), need({ board: 'B1' })]);
  const order = await agent.order();
  const log = smallLog();
  granted(await agent.console(order, 0, log));
  const [begin] = attemptEvents(order, log);
  if (!begin) throw new Error('an attempt begins');
  granted(await agent.events(order, [begin]));
  const claim = { type: 'caseEnd', name: 'a', verdict: 'xfail', durationUs: 1, failures: [] };
  const batch = { attemptId: order.attemptId, fence: order.fence };
  const events = [{ seq: 2, atUs: 1, body: claim }];
  const refused = await agent.raw('events', { ...batch, events });
  expect(refused).toMatchObject({ ok: false, code: 'invalid_request' });
  // What the agent makes of it: the same attempt ends, behind what the controller has.
  const cause = { verdict: 'infra', reason: 'internalError', message: 'refused' } as const;
  granted(await agent.events(order, [{ seq: 2, atUs: 1, body: { ...endEvent(log), ...cause } }]));
  const next = await agent.order(1);
  expect(next.board.serial).toBe('B1');
  const attempt = await farm.store.attempts.byNumber(run?.id ?? '', 1);
  expect(attempt).toMatchObject({ verdict: 'infra', reason: 'internalError' });
  expect(attempt?.consoleBytes).toBe(log.byteLength);
  expect(await farm.store.boards.get('B1')).toMatchObject({ health: 'good' });
});
