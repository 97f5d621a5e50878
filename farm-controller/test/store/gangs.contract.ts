import { boardsOf } from '@greenrack/farm-model';
import { type Assignment, UNTRUSTED_TAG } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { Leases } from '../../src/lease/leases.js';
import { boardTrust } from '../../src/results/board-trust.js';
import type { LeaseGrant } from '../../src/store/ports.js';
import {
  AGENT,
  batch,
  ending,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

export function gangsContract(database: TestDatabase): void {
  function grantAll(runId: string, [boardSerial = '', ...more]: string[]): Promise<LeaseGrant> {
    const partners = more.map((serial) => ({ serial }));
    const request = { runId, boardSerial, partners, agent: AGENT, ttlMs: 30_000, nowMs: NOW };
    return new Leases(database.store).grant({ ...request, maxConsoleBytes: 1_000_000 });
  }

  async function grantedAll(runId: string, serials: string[]): Promise<Assignment> {
    const answer = await grantAll(runId, serials);
    if (answer.kind !== 'granted') throw new Error(answer.kind);
    return answer.assignment;
  }

  const stateOf = async (serial: string) => {
    const { availability, current } = (await database.store.boards.get(serial)) ?? {};
    return [availability, current?.attemptId];
  };

  it('get all their boards, each under a lease of its own', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2', 'b3']);
    const [id] = await submit(store, { runs: 1, partners: 1 });
    const order = await grantedAll(id, ['b2', 'b1']);
    expect(order).toMatchObject({ role: 'main', link: 'rack', board: { serial: 'b2' }, fence: 1 });
    expect(order.partners).toMatchObject([{ role: 'part-1', board: { serial: 'b1' }, fence: 1 }]);
    expect(new Set(boardsOf(order).map(({ leaseId }) => leaseId)).size).toBe(2);
    for (const serial of ['b1', 'b2'])
      expect(await stateOf(serial)).toEqual(['leased', order.attemptId]);
    expect(await stateOf('b3')).toEqual(['idle', undefined]);
    expect(await store.runs.get(id)).toMatchObject({
      role: 'main',
      partners: [{ role: 'part-1' }],
    });
    const { followUp } = await store.attempts.append(
      [batch(order, 1, [ending('pass')])],
      NOW,
      policy,
    );
    expect([...followUp.freedBoards].sort()).toEqual(['b1', 'b2']);
    for (const serial of ['b1', 'b2']) expect(await stateOf(serial)).toEqual(['idle', undefined]);
    const view = await store.attempts.byNumber(id, 1);
    expect(view).toMatchObject({
      boardSerial: 'b2',
      partners: [{ role: 'part-1', boardSerial: 'b1' }],
    });
  });

  it('get none of their boards when one of them is taken', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [single] = await submit(store, { runs: 1 });
    const [gang] = await submit(store, { runs: 1, partners: 1 });
    await granted(store, single, 'b2');
    expect(await grantAll(gang, ['b1', 'b2'])).toEqual({ kind: 'boardTaken' });
    expect(await stateOf('b1')).toEqual(['idle', undefined]);
    expect((await store.runs.get(gang))?.state).toBe('queued');
  });

  it('keep all their boards when one lease is renewed, and lose all when one runs out', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [id] = await submit(store, { runs: 1, partners: 1 });
    const order = await grantedAll(id, ['b1', 'b2']);
    const { leaseId, fence } = order;
    expect(await new Leases(store).renew(AGENT, [{ leaseId, fence }], NOW + 60_000)).toEqual([]);
    expect(await new Leases(store).expired(NOW + 59_999)).toEqual([]);
    const [partner] = order.partners ?? [];
    await database.query(
      `update leases set expires_ms = ${NOW} where id = '${partner?.leaseId}' returning id`,
    );
    const expired = await new Leases(store).expired(NOW);
    expect(expired.map(({ attemptId }) => attemptId)).toEqual([order.attemptId]);
    const followUp = await new Leases(store).expire(order.attemptId, 'late', NOW, policy);
    expect(followUp?.freedBoards.toSorted()).toEqual(['b1', 'b2']);
    for (const serial of ['b1', 'b2']) expect(await stateOf(serial)).toEqual(['idle', undefined]);
    expect(await new Leases(store).renew(AGENT, [{ leaseId, fence }], NOW + 90_000)).toEqual([
      leaseId,
    ]);
    expect((await store.runs.get(id))?.state).toBe('queued');
  });

  it('never share a board and all come to their end, however many want the same few', async () => {
    const { store } = database;
    const serials = ['b1', 'b2', 'b3', 'b4', 'b5'];
    await prepareFarm(store, serials);
    const runs = [
      ...(await submit(store, { runs: 30, partners: 1 })),
      ...(await submit(store, { runs: 20, partners: 2 })),
      ...(await submit(store, { runs: 20 })),
    ];
    const sizes = new Map(runs.map((id, i) => [id, i < 30 ? 2 : i < 50 ? 3 : 1]));
    const held = new Map<string, string>();
    let wishes = 0;
    /** Another choice of boards each time, and in another order. */
    const wish = (n: number): string[] => {
      const from = wishes++;
      const turned = serials.map((_, i) => serials[(i * 2 + from) % serials.length] ?? '');
      return (from % 2 === 0 ? turned : turned.reverse()).slice(0, n);
    };
    const execute = async (id: string): Promise<void> => {
      for (;;) {
        const wanted = wish(sizes.get(id) ?? 1);
        const answer = await grantAll(id, wanted);
        if (answer.kind === 'boardTaken') continue;
        if (answer.kind !== 'granted') throw new Error(answer.kind);
        const { assignment: order } = answer;
        for (const { board } of boardsOf(order)) {
          expect(held.get(board.serial)).toBeUndefined();
          held.set(board.serial, id);
        }
        await new Leases(store).renew(AGENT, [order], NOW + 60_000);
        for (const { board } of boardsOf(order)) held.delete(board.serial);
        await store.attempts.append([batch(order, 1, [ending('pass')])], NOW, policy);
        return;
      }
    };
    await Promise.all(runs.map(execute));
    for (const id of runs) expect((await store.runs.get(id))?.verdict).toBe('pass');
    const [left] = await database.query<{ n: number }>(
      "select count(*) as n from leases where state = 'active'",
    );
    expect(Number(left?.n)).toBe(0);
  });

  it('makes each of its boards suspect when it was firmware of a stranger, whatever it did', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const [id] = await submit(store, { runs: 1, partners: 1, tags: [UNTRUSTED_TAG] });
    const order = await grantedAll(id, ['b1', 'b2']);
    const settling = { ...policy, board: boardTrust(3, () => true) };
    const reports = [batch(order, 1, [ending('pass')])];
    const { followUp } = await store.attempts.append(reports, NOW, settling);
    const suspect = { health: 'suspect', healthCause: 'it ran firmware of a stranger' };
    expect(followUp.change.boards).toMatchObject([suspect, suspect]);
  });
}
