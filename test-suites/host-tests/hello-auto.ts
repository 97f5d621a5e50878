import type { HostTest } from '@greenrack/farm-protocol';

const EXPECTED = 'Hello World';

/** The board says hello and nothing else. */
export const helloAuto: HostTest = {
  name: 'hello_auto',
  start: (context) => ({
    onMessage({ key, value }) {
      if (key !== 'hello_world') return;
      if (value === EXPECTED) context.finish('pass', '');
      else
        context.finish(
          'fail',
          `expected ${JSON.stringify(EXPECTED)}, got ${JSON.stringify(value.slice(0, 80))}`,
        );
    },
  }),
};
