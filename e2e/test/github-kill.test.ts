import { afterEach, describe, expect, it } from '@jest/globals';
import { GithubFarm } from './support/github/github-farm.js';

const SUMMARY = 'greenrack';
const SMOKE = 'greenrack: smoke (FVP_MPS2_M3)';
const SHA = 'c'.repeat(40);

describe('a controller that is killed', () => {
  let lab: GithubFarm;
  afterEach(async () => await lab?.stop());

  /** Ends the controller at the n-th request of a kind, and has it started again. */
  const killAt = (when: 'before' | 'after', operation: RegExp, n: number): Promise<void> => {
    let seen = 0;
    return new Promise((resolve, reject) => {
      lab.github.trouble[when] = async (call) => {
        if (!operation.test(call.operation) || ++seen !== n) return;
        await lab.farm.controller.kill('SIGKILL');
        lab.farm.controller.start().then(() => resolve(), reject);
      };
    });
  };

  it.each([
    ['before it makes a check', 'before', /^POST .*check-runs/, 1],
    ['when a check is made and it has not heard', 'after', /^POST .*check-runs/, 1],
    ['when the second check is made and it has not heard', 'after', /^POST .*check-runs/, 2],
    ['before it concludes a check', 'before', /^PATCH .*check-runs/, 1],
    ['when a check is concluded and it has not heard', 'after', /^PATCH .*check-runs/, 1],
    ['when the last check is concluded and it has not heard', 'after', /^PATCH .*check-runs/, 2],
  ] as const)(
    '%s neither makes one twice nor leaves one stuck',
    async (_at, when, operation, n) => {
      lab = await GithubFarm.start({ boards: 2 });
      const killed = killAt(when, operation, n);
      await lab.open(1, SHA);
      if (operation.source.startsWith('^POST') && n === 1) await killed;
      await lab.submit(SHA, ['pass', 'fail']);
      const ends = [await lab.ended(SHA, SMOKE), await lab.ended(SHA, SUMMARY)];
      await killed;
      expect(ends.map(({ fields }) => fields.conclusion)).toEqual(['failure', 'failure']);
      const { checks } = lab.repository;
      expect(checks.map(({ fields }) => fields.name).sort()).toEqual([SUMMARY, SMOKE]);
      expect(lab.repository.check(SHA, SMOKE)?.annotations).toHaveLength(2);
      expect(lab.github.violations).toEqual([]);
    },
  );
});
