import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bench } from './support/bench.js';
import { bytewise, cutAt, cuts, seededCuts } from './support/chunking.js';
import { CONSOLE_TEXTS, type ConsoleText } from './support/console-texts.js';
import { DOUBTFUL_TEXTS } from './support/doubtful-texts.js';
import { FIELD_TEXTS } from './support/field-texts.js';
import { settled } from './support/manual-clock.js';

const ALL_TEXTS = { ...CONSOLE_TEXTS, ...FIELD_TEXTS, ...DOUBTFUL_TEXTS };

async function replay(
  chunks: readonly Uint8Array[],
  { target, silenceMs = 0 }: Pick<ConsoleText, 'target' | 'silenceMs'> = {},
): Promise<Bench> {
  const bench = new Bench(target === undefined ? {} : { target });
  bench.session.start();
  await settled();
  for (const chunk of chunks) bench.session.push(chunk, 0);
  await settled();
  if (silenceMs > 0) await bench.clock.advance(silenceMs);
  return bench;
}

it('replays at least 40 consoles', () => {
  expect(Object.keys(ALL_TEXTS).length).toBeGreaterThanOrEqual(40);
});

describe.each(Object.entries(ALL_TEXTS))('a console that shows %s', (_, expected) => {
  const bytes = Buffer.from(expected.text, 'latin1');

  it(`ends as ${expected.verdict} (${expected.reason})`, async () => {
    const bench = await replay([bytes], expected);
    const { verdict, reason } = await bench.ended();
    expect({ verdict, reason, cases: bench.verdicts() }).toEqual({
      verdict: expected.verdict,
      reason: expected.reason,
      cases: expected.cases,
    });
  });

  it('says the same one byte at a time', async () => {
    const whole = await replay([bytes], expected);
    const single = await replay(bytewise(bytes), expected);
    expect(single.events).toEqual(whole.events);
    expect(single.end).toEqual(whole.end);
  });

  it('says the same in pieces of any size', async () => {
    const whole = await replay([bytes], expected);
    for (let seed = 1; seed <= 10; seed++) {
      const pieces = await replay(cutAt(bytes, seededCuts(seed)), expected);
      expect(pieces.events).toEqual(whole.events);
      expect(pieces.end).toEqual(whole.end);
    }
  });

  it('begins every case that it ends, unless the case never began', async () => {
    const bench = await replay([bytes], expected);
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
    ...Object.values(ALL_TEXTS).flatMap(({ text }) => text.split(/(?<=\n)/)),
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
