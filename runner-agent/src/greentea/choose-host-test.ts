import type { HostTest } from '@greenrack/farm-protocol';
import { unknownHostTest } from '../host-test/unknown-host-test.js';
import { bounded } from '../session/bounded-text.js';
import type { SessionOptions } from './session-options.js';

/** Why no host test can run. */
export interface NoHostTest {
  readonly verdict: 'blocked' | 'infra';
  readonly reason: 'fixtureMissing' | 'hostTestUnknown';
  readonly message: string;
}

/** The host test called `name`, when this agent has it and the board has what it needs. */
export function chooseHostTest(
  name: string,
  { hostTests, fixtures = [] }: Pick<SessionOptions, 'hostTests' | 'fixtures'>,
): HostTest | NoHostTest {
  const shown = bounded(name, 128);
  const test = hostTests.get(name);
  if (!test)
    return {
      verdict: 'infra',
      reason: 'hostTestUnknown',
      message: unknownHostTest(shown, hostTests.keys()),
    };
  const missing = missingFixtures(test.needs ?? [], fixtures);
  if (missing.length === 0) return test;
  const message = `host test ${shown} needs ${missing.join(', ')} wired to the board; name it in the board's fixtures once it is`;
  return { verdict: 'blocked', reason: 'fixtureMissing', message };
}

/** `loopback` is met by any loopback, `loopback:D2-D3` by that one only. */
function missingFixtures(needs: readonly string[], wired: readonly string[]): string[] {
  return needs.filter((need) => !wired.some((one) => one === need || one.startsWith(`${need}:`)));
}
