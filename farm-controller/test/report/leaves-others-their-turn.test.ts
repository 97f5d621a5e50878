import { describe, expect, it } from '@jest/globals';
import { inTurns } from '../../src/report/in-turns.js';

/** Numbers as fast as they can be taken, until `stop` says so; the bound is only reached when nothing ever stops it. */
async function* numbers(stop: () => boolean): AsyncGenerator<number> {
  for (let i = 0; i < 10_000_000 && !stop(); i++) yield i;
}

describe('a report in the making', () => {
  it('lets others have their turn although nothing in it waits', async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    let last = -1;
    for await (const number of inTurns(numbers(() => turned))) {
      expect(number).toBe(last + 1);
      last = number;
    }
    expect(turned).toBe(true);
  });
});
