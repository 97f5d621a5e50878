import type { ChangeDetail } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { regressionOutcome } from '../src/demo/regression-show.js';
import { historySha } from '../src/demo/seeded-history.js';

const CONNECTION = { url: 'http://127.0.0.1:8080', token: 'grk_none' };
const build = (n: number) => ({ imageSha256: String(n).repeat(64), sha: historySha(n) });
const SERIES = { seriesId: 'ser_1', caseName: 'yields & more' } as const;
const METRIC = { metric: 'yield.median', unit: 'instructions', before: 85, after: 86 } as const;

/** A change as the farm tells it once it has named commit `first`. */
const changeAt = (first: number): ChangeDetail => ({
  ...{ id: 'chg_1', tenant: 'default', repository: 'example.org/kernel', ref: 'refs/heads/main' },
  ...{ target: 'FVP_MPS2_M3', imageName: 'rtos_switch.elf', boardSerial: 'virt-m3-01' },
  ...{ effect: 'regression', state: 'verified', work: 'done', missing: null, exact: true },
  ...{ good: build(first - 1), bad: build(first), metrics: 1, worst: { ...SERIES, ...METRIC } },
  ...{ assignee: null, reason: null, actor: null, undoes: null, returns: null },
  ...{ foundMs: 1, changedMs: 2 },
  metricList: [
    {
      ...{ ...SERIES, ...METRIC, kind: 'exact', p: 0 },
      ...{ effect: 'regression', outcome: 'confirmed', shift: 1 },
    },
  ],
  steps: [
    {
      ...{ seq: 1, kind: 'confirm', submissionId: 'sub_1', sides: 'AB', outcome: 'confirmed' },
      ...{ good: build(1), bad: build(8) },
    },
  ],
});

const outcome = (change?: ChangeDetail) => regressionOutcome(CONNECTION, change, 5000);

describe('what the demo says of the slower commit', () => {
  it('names the commit, what confirmed it and where its trend is, when the farm is right', () => {
    const { exitCode, text, summary } = outcome(changeAt(5));
    expect(exitCode).toBe(0);
    expect(summary).toMatchObject({ ok: true, sha: historySha(5), confirmingPairs: 1 });
    expect(text).toContain('4 ── [5] ── 6');
    expect(text).toContain(
      `first bad commit: 5 (${historySha(5).slice(0, 8)}), confirmed by 1 pair of runs in turns`,
    );
    expect(text).toContain('case=yields+%26+more&metric=yield.median');
  });

  it('ends with a failure and says so when the farm names another commit', () => {
    const { exitCode, text, summary } = outcome(changeAt(4));
    expect([exitCode, summary.ok]).toEqual([1, false]);
    expect(text).toContain('wrong, it is 5');
  });

  it('ends with a failure when the farm takes the change for none', () => {
    const { exitCode, text } = outcome({ ...changeAt(5), state: 'refuted', exact: false });
    expect(exitCode).toBe(1);
    expect(text).toContain('not found: the change is refuted');
  });

  it('blames the farm when it saw nothing, was not ready in time or could not go on', () => {
    expect(outcome()).toMatchObject({ exitCode: 3, summary: { ok: false } });
    expect(outcome().text).toContain('not found');
    const late = outcome({ ...changeAt(8), work: 'bisect', exact: false });
    expect(late).toMatchObject({ exitCode: 3, summary: { ok: false } });
    expect(late.text).toContain('not found: the change is verified (bisect)');
    const blocked = outcome({ ...changeAt(5), work: 'blocked', missing: 'its image is gone' });
    expect(blocked).toMatchObject({ exitCode: 3, summary: { ok: false } });
    expect(blocked.text).toContain('its image is gone');
  });
});
