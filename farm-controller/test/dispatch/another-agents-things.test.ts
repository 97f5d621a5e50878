import { join } from 'node:path';
import type { AgentToController, Assignment, LinkReply } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import { openStreamSpool } from '../../src/streams/stream-spool.js';
import { attemptEvents, type FakeAgent, granted, held, smallLog } from '../support/fake-agent.js';
import { board, need, StageFarm } from '../support/stage-farm.js';
import { policy } from '../support/store-fixtures.js';

const racks = { 'rack-1': [board('B1')], 'rack-2': [board('B2')] };
let farm: StageFarm;
let owner: FakeAgent;
let other: FakeAgent;
let order: Assignment;
beforeEach(async () => {
  farm = await StageFarm.start({ racks });
  [owner, other] = [farm.agent('rack-1'), farm.agent('rack-2')];
  await Promise.all([owner.join(), other.join()]);
  await farm.submit([need({ board: 'B1' })]);
  order = await owner.order();
});
afterEach(() => farm.stop());

/** Everything that the farm keeps, but for the other agent's own presence. */
async function everything(): Promise<object> {
  const file = new Sqlite(join(farm.dir, 'farm.sqlite'), { readonly: true });
  const tables = file.prepare("select name from sqlite_master where type = 'table'").all();
  const rows = (tables as { name: string }[]).map(({ name }) => {
    const mine = name === 'agents' ? "where name <> 'rack-2'" : '';
    return [name, file.prepare(`select * from ${name} ${mine}`).all()];
  });
  file.close();
  const spool = await openStreamSpool(join(farm.dir, 'spool'));
  const streams = await spool.sizes(order.attemptId);
  await spool.close();
  return { ...Object.fromEntries(rows), streams };
}

const [begin, whole] = [
  () => attemptEvents(order, smallLog()).slice(0, 1),
  () => attemptEvents(order, smallLog()),
];

type Send = () => Promise<LinkReply<object>>;
/** Every message of the link, about the attempt, the lease or the board of the first agent. */
const MESSAGES: Record<keyof AgentToController, Record<string, Send>> = {
  hello: {
    'its name': () => other.hello([], { agent: 'rack-1' }),
    'its attempt as held': () => other.hello([held(order)]),
    'its attempt as ended': () => other.hello([held(order, { state: 'ended', lastSeq: 9 })]),
    'its attempt under a later fence': () => other.hello([held(order, { fence: 99 })]),
  },
  boards: { 'its board': () => other.report(['B1'], false) },
  events: {
    'its begin': () => other.events(order, begin()),
    'its end': () => other.events(order, whole()),
    'its end under a later fence': () => other.events(order, whole(), order.fence + 1),
  },
  console: {
    'its log': () => other.console(order, 0, smallLog()),
    'an empty piece of its log': () => other.console(order, 0, new Uint8Array()),
  },
  renew: { 'its lease': () => other.renew([order]) },
};
const CASES = Object.entries(MESSAGES).flatMap(([message, sends]) =>
  Object.entries(sends).map(([what, send]) => [message, what, send] as const),
);

/** The attempt of the first agent. */
const STATES: Record<string, () => Promise<unknown>> = {
  'under way': async () => granted(await owner.events(order, begin())),
  'that has ended': () => owner.complete(order),
  'that was given up': () => {
    const why = { reason: 'agentLost', message: 'gone' } as const;
    return farm.store.attempts.abandon(order.attemptId, why, farm.clock.now(), policy);
  },
};

/** Whether the reply says that nothing came of the message. A report of boards is taken for those that are its own. */
function isRefusal(message: string, reply: LinkReply<object>): boolean {
  if (!reply.ok) return ['forbidden', 'stale_fence'].includes(reply.code);
  const { attempts, lost } = reply as { attempts?: { order: string }[]; lost?: string[] };
  if (message === 'hello') return attempts?.every((one) => one.order === 'drop') ?? false;
  return message === 'boards' || lost?.[0] === order.leaseId;
}

describe.each(Object.entries(STATES))('an attempt of another agent %s', (_state, reach) => {
  it.each(CASES)('is not touched by %s about %s', async (message, _what, send) => {
    await reach();
    await farm.settled();
    const before = await everything();
    const reply = await send();
    await farm.settled();
    expect([reply, isRefusal(message, reply)]).toEqual([reply, true]);
    expect(await everything()).toEqual(before);
  });
});

it('refuses events for an attempt of another agent in the transaction that would commit them', async () => {
  const batch = {
    attemptId: order.attemptId,
    fence: order.fence,
    events: whole(),
    agent: 'rack-2',
  };
  const { results, followUp } = await farm.store.attempts.append([batch], 0, policy);
  expect(results).toMatchObject([{ ok: false, code: 'forbidden' }]);
  expect(followUp.freedBoards).toEqual([]);
});

describe('the end of an attempt', () => {
  it.each([
    ['flaky', 'completed'],
    ['xfail', 'completed'],
    ['xpass', 'completed'],
    ['blocked', 'completed'],
    ['pass', 'fixtureMissing'],
    ['infra', 'agentLost'],
    ['infra', 'agentRefused'],
    ['infra', 'noBoard'],
    ['pass', 'cancelled'],
    ['cancelled', 'completed'],
    ['cancelled', 'cancelled'],
  ])('is not taken as %s because of %s', async (verdict, reason) => {
    granted(await owner.console(order, 0, smallLog()));
    const events = whole().map(({ body, ...rest }) =>
      body.type === 'attemptEnd'
        ? { ...rest, body: { ...body, verdict, reason } }
        : { ...rest, body },
    );
    const { attemptId, fence } = order;
    const reply = await owner.raw('events', { attemptId, fence, events });
    expect(reply).toMatchObject({ ok: false, code: 'invalid_request' });
    expect((await farm.store.runs.get(order.runId))?.state).toBe('running');
  });
});
