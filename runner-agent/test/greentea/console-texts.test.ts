import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bench } from './support/bench.js';
import { bytewise, cutAt, cuts, seededCuts } from './support/chunking.js';
import { CONSOLE_TEXTS } from './support/console-texts.js';
import { settled } from './support/manual-clock.js';

async function replay(chunks: readonly Uint8Array[]): Promise<Bench> {
  const bench = new Bench();
  bench.session.start();
  await settled();
  for (const chunk of chunks) bench.session.push(chunk, 0);
  await settled();
  return bench;
}

describe.each(Object.entries(CONSOLE_TEXTS))('a console that shows %s', (_, expected) => {
  const bytes = Buffer.from(expected.text, 'latin1');

  it(`ends as ${expected.verdict} (${expected.reason})`, async () => {
    const bench = await replay([bytes]);
    const { verdict, reason } = await bench.ended();
    expect({ verdict, reason, cases: bench.verdicts() }).toEqual({
      verdict: expected.verdict,
      reason: expected.reason,
      cases: expected.cases,
    });
  });

  it('says the same one byte at a time', async () => {
    const whole = await replay([bytes]);
    const single = await replay(bytewise(bytes));
    expect(single.events).toEqual(whole.events);
    expect(single.end).toEqual(whole.end);
  });

  it('says the same in pieces of any size', async () => {
    const whole = await replay([bytes]);
    for (let seed = 1; seed <= 10; seed++) {
      const pieces = await replay(cutAt(bytes, seededCuts(seed)));
      expect(pieces.events).toEqual(whole.events);
      expect(pieces.end).toEqual(whole.end);
    }
  });

  it('begins every case that it ends, unless the case never began', async () => {
    const bench = await replay([bytes]);
    const open = new Set<string>();
    for (const event of bench.events) {
      if (event.type === 'caseBegin') open.add(event.name);
      if (event.type !== 'caseEnd') continue;
      const neverBegan = event.failures.some(({ message }) => message.startsWith('never started'));
      expect(neverBegan || open.delete(event.name)).toBe(true);
    }
    expect([...open]).toEqual([]);
  });
});

describe('any console', () => {
  const parts = fc.constantFrom(
    ...Object.values(CONSOLE_TEXTS).flatMap(({ text }) => text.split(/(?<=\n)/)),
  );
  const noise = fc
    .uint8Array({ maxLength: 20 })
    .map((bytes) => Buffer.from(bytes).toString('latin1'));

  it('gives valid events and the same ones however its bytes are cut', async () => {
    const text = fc.array(fc.oneof({ weight: 9, arbitrary: parts }, noise), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, cuts, async (pieces, places) => {
        const bytes = Buffer.from(pieces.join(''), 'latin1');
        const whole = await replay([bytes]);
        const cut = await replay(cutAt(bytes, places));
        expect(cut.events).toEqual(whole.events);
        expect(cut.end).toEqual(whole.end);
      }),
      { numRuns: 150 },
    );
  });
});
