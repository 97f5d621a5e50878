import type { EventBody } from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { expireRuns } from '../../src/results/run-expiry.js';
import type { FatePolicy, JudgedCase } from '../../src/store/ports.js';
import {
  batch,
  caseEnd,
  ending,
  granted,
  NOW,
  policy,
  prepareFarm,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';

const LISTED: EventBody = { type: 'casesListed', names: ['boot', 'echo', 'sleep'] };

export function judgedCasesContract(database: TestDatabase): void {
  const started = async () => {
    await prepareFarm(database.store, ['b1', 'b2']);
    const [id] = await submit(database.store, { runs: 1 });
    return granted(database.store, id, 'b1');
  };

  it('judges a run by the cases of the attempt that gives the verdict, with what is expected of each', async () => {
    await prepareFarm(database.store, ['b1']);
    const expectCases = { echo: 'fail', sleep: 'flaky' } as const;
    const [id] = await submit(database.store, { runs: 1, queueTimeoutMs: 1_000, expectCases });
    const asked: (readonly JudgedCase[] | undefined)[] = [];
    const again: FatePolicy = ({ cases }) => {
      asked.push(cases);
      return { kind: 'retry' };
    };
    const attempt = async (verdict: 'fail' | 'infra' | 'pass', cases: EventBody[]) => {
      const order = await granted(database.store, id, 'b1');
      const bodies = [LISTED, ...cases, ending(verdict)];
      await database.store.attempts.append([batch(order, 1, bodies)], NOW, {
        ...policy,
        run: again,
      });
    };
    await attempt('fail', [caseEnd('boot', 'pass'), caseEnd('echo', 'fail')]);
    const first = [
      { name: 'boot', verdict: 'pass', expect: 'pass' },
      { name: 'echo', verdict: 'fail', expect: 'fail' },
      { name: 'sleep', verdict: null, expect: 'flaky' },
    ];
    expect(asked).toEqual([first]);
    await attempt('infra', [caseEnd('boot', 'fail')]);
    expect(asked[1]).toEqual(first);
    await attempt(
      'pass',
      ['boot', 'echo', 'sleep'].map((name) => caseEnd(name, 'pass')),
    );
    expect(asked[2]?.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
    await attempt('infra', []);
    expect(asked[3]).toEqual(first);
    const why = () => 'no board is online';
    const { submissionId } = (await database.store.runs.get(id)) ?? { submissionId: '' };
    await expireRuns(
      database.store.database,
      { submissionId, nowMs: NOW + 60_000 },
      { why, policy: again },
    );
    expect(asked[4]).toEqual(first);
  });

  it('judges a case by the worst of its executions, unless one is listed by itself', async () => {
    await prepareFarm(database.store, ['b1']);
    const expectCases = { echo: 'fail', 'boot #2': 'flaky' } as const;
    const [id] = await submit(database.store, { runs: 1, expectCases });
    const order = await granted(database.store, id, 'b1');
    const ends = ['echo', 'echo #2', 'boot', 'boot #2'].map((name, i) =>
      caseEnd(name, i === 1 || i === 3 ? 'fail' : 'pass'),
    );
    const asked: (readonly JudgedCase[] | undefined)[] = [];
    const run: FatePolicy = ({ cases, verdict }) => {
      asked.push(cases);
      return { kind: 'finish', verdict };
    };
    const events = batch(order, 1, [...ends, ending('fail')]);
    await database.store.attempts.append([events], NOW, { ...policy, run });
    expect(asked).toEqual([
      [
        { name: 'echo', verdict: 'fail', expect: 'fail' },
        { name: 'boot', verdict: 'pass', expect: 'pass' },
        { name: 'boot #2', verdict: 'fail', expect: 'flaky' },
      ],
    ]);
  });

  it('says nothing of cases when nothing is expected of them', async () => {
    const order = await started();
    const asked: unknown[] = [];
    await database.store.attempts.append([batch(order, 1, [LISTED, ending('fail')])], NOW, {
      ...policy,
      run: (one) => {
        asked.push('cases' in one);
        return { kind: 'finish', verdict: 'fail' };
      },
    });
    expect(asked).toEqual([false]);
  });
}
