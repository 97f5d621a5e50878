import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeAgent, granted } from '../support/fake-agent.js';
import { board, need, StageFarm } from '../support/stage-farm.js';

const racks = { 'rack-1': [board('B1')], 'rack-2': [board('B2')] };
let farm: StageFarm;
beforeEach(async () => {
  farm = await StageFarm.start({ racks });
});
afterEach(() => farm.stop());

/** One more process of the agent. */
async function connected(): Promise<FakeAgent> {
  const agent = farm.agent('rack-1');
  await agent.connect();
  return agent;
}

async function greeted(hello: object): Promise<FakeAgent> {
  const agent = await connected();
  granted(await agent.hello([], hello));
  return agent;
}

describe('who may connect', () => {
  it('refuses a token that is not an agent’s', async () => {
    await expect(farm.agent('rack-1', 'human-1').connect()).rejects.toThrow(/role 'agent'/);
  });

  it('refuses an agent that says it is another', async () => {
    const agent = farm.agent('rack-1', 'rack-2');
    await agent.connect();
    expect(await agent.hello()).toMatchObject({ ok: false, code: 'forbidden' });
  });

  it('refuses a version of the link that it does not speak', async () => {
    const agent = farm.agent('rack-1');
    await agent.connect();
    const reply = await agent.hello([], { protocol: 99 });
    expect(reply).toMatchObject({ ok: false, code: 'protocol_mismatch' });
  });

  it('names the inventory when it does not know the agent', async () => {
    const agent = farm.agent('rack-9');
    await agent.connect();
    const reply = await agent.hello();
    expect(reply).toMatchObject({ ok: false, code: 'invalid_configuration' });
  });

  it('tells an agent its boards', async () => {
    const welcome = await farm.agent('rack-1').join();
    expect(welcome).toMatchObject({ controllerId: 'controller-test', attempts: [] });
    expect(welcome.boards).toEqual([board('B1')]);
  });

  it('lets a new connection replace the one before', async () => {
    const old = farm.agent('rack-1');
    await old.join();
    const fresh = farm.agent('rack-1');
    fresh.behaviour = 'pass';
    await fresh.join();
    await old.until('disconnected', () => !old.connected);
    const [run] = await farm.submit([need()]);
    expect(await farm.seen(run?.id ?? '', 'finished')).toMatchObject({ verdict: 'pass' });
    expect(old.assigned).toEqual([]);
  });

  it('refuses a second process of an agent while the first one lives', async () => {
    const first = await greeted({ instance: 'one', host: 'pi-1' });
    const second = await connected();
    const reply = await second.hello([], { instance: 'two', host: 'pi-2' });
    expect(reply).toMatchObject({ ok: false, code: 'conflict' });
    expect(reply.ok ? '' : reply.message).toMatch(
      /'rack-1' is connected already, from pi-1: .*pi-2/,
    );
    expect(granted(await first.report(['B1']))).toEqual({ ok: true });
    expect(await second.report(['B1'])).toMatchObject({ ok: false, code: 'unavailable' });
  });

  it.each([
    ['the second', 'one', undefined],
    ['the first', undefined, 'two'],
    ['both', undefined, undefined],
  ])('refuses a second process when %s does not say which one it is', async (_who, a, b) => {
    const first = await greeted({ instance: a, host: 'pi-1' });
    const reply = await (await connected()).hello([], { instance: b, host: 'pi-2' });
    expect(reply).toMatchObject({ ok: false, code: 'conflict' });
    expect(granted(await first.report(['B1']))).toEqual({ ok: true });
  });

  it('lets one of two processes in that come at once', async () => {
    const both = [await connected(), await connected()];
    const hellos = both.map((agent, i) => agent.hello([], { instance: `no ${i}` }));
    const replies = await Promise.all(hellos);
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1);
    expect(replies).toContainEqual(expect.objectContaining({ ok: false, code: 'conflict' }));
  });

  it.each([
    ['the same process', 'one', 'hold'],
    ['another process, when the first does not answer any more', 'two', 'silent'],
  ] as const)('lets %s take over', async (_who, instance, behaviour) => {
    const first = await greeted({ instance: 'one' });
    first.behaviour = behaviour;
    const second = await greeted({ instance });
    await first.until('disconnected', () => !first.connected);
    expect(granted(await second.report(['B1']))).toEqual({ ok: true });
  });

  it('lets another process in whose predecessor goes while it is asked', async () => {
    const first = await greeted({ instance: 'one' });
    first.behaviour = 'silent';
    const hello = (await connected()).hello([], { instance: 'two' });
    first.disconnect();
    granted(await hello);
  });

  it('forgets a process that goes before it is let in', async () => {
    const first = await greeted({ instance: 'one' });
    first.behaviour = 'silent';
    const second = await connected();
    void second.hello([], { instance: 'two' }).catch(() => undefined);
    second.disconnect();
    const third = await greeted({ instance: 'one' });
    expect(granted(await third.report(['B1']))).toEqual({ ok: true });
  });
});
