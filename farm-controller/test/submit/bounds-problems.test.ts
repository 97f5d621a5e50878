import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemAt } from '../web/support/request.js';
import { M3, specOf } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const refusal = (json: unknown) =>
  problemAt(farm, '/api/v1/submissions', { as: 'submitter', json });
const longName = (i: number, letter: string) =>
  `${letter.repeat(100)}${String(i).padStart(5, '0')}.elf`;

describe('a spec with more problems than anybody reads', () => {
  it('gets the nearest names for the first few, and a hundred of its problems', async () => {
    const images = Array.from({ length: 1000 }, (_, i) => ({ name: longName(i, 'a') }));
    const runs = Array.from({ length: 1000 }, (_, i) => ({ image: longName(i, 'b'), target: M3 }));
    const problem = await refusal(specOf(runs, { images }));
    expect(problem).toMatchObject({ status: 422, code: 'image_missing' });
    expect(problem.errors?.length).toBe(100);
    expect(problem.detail).toContain('(and at least 99 more)');
    const hinted = problem.errors?.filter(({ message }) => message.includes('; '));
    expect(hinted?.map(({ path }) => path)).toEqual([0, 1, 2].map((i) => `runs[${i}].image`));
  });

  it('gets hints for the first few unknown targets only', async () => {
    const runs = Array.from({ length: 5000 }, (_, i) => ({ image: 'a.elf', target: `T${i}` }));
    const problem = await refusal(specOf(runs));
    expect(problem.code).toBe('unknown_target');
    expect(problem.errors?.filter(({ message }) => message.includes('; ')).length).toBe(3);
  });

  it.each([
    [{ version: 1, name: 'x', runs: Array(300_000).fill(0) }, 'runs'],
    [specOf([{ image: 'a.elf', target: M3, tags: Array(300_000).fill(0) }]), 'runs[0].tags'],
    [
      specOf([Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1]))]),
      'runs[0]',
    ],
  ])(
    'is told of a list or mapping that is beyond all measure, and of nothing else: %#',
    async (spec, path) => {
      const problem = await refusal(spec);
      expect(problem).toMatchObject({ code: 'invalid_spec' });
      expect(problem.errors).toEqual([{ path, message: 'more than 10000 items' }]);
    },
  );

  it('gets no more words for an unknown field than for any other problem', async () => {
    const run = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key-${i}`, 1]));
    const problem = await refusal(specOf([run]));
    for (const { message } of problem.errors ?? []) expect(message.length).toBeLessThanOrEqual(500);
  });
});
