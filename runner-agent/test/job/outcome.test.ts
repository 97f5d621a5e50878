import { expect, it } from '@jest/globals';
import { RunFault } from '../../src/contracts/run-fault.js';
import { outcomeOf } from '../../src/job/outcome.js';

it.each([
  ['fixtureMissing', 'blocked'],
  ['boardStartFailed', 'infra'],
] as const)('a fault of the bench ends an attempt, for %s as %s', (reason, verdict) => {
  const end = outcomeOf(new RunFault(reason, 'why'));
  expect(end).toEqual({ verdict, reason, message: 'why' });
});
