import { describe, expect, it } from '@jest/globals';
import { FairTurns } from '../../src/timing/fair-turns.js';

const limits = { places: 2, placesEach: 1, waitingEach: 3 };

/** Work that notes its beginning and ends when it is told to. */
function bench(turns: FairTurns) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, signal: AbortSignal = new AbortController().signal) =>
    turns.run(name.charAt(0), signal, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string, work: Promise<string>) => {
    await new Promise(setImmediate);
    ends.get(name)?.();
    expect(await work).toBe(name);
    await new Promise(setImmediate);
  };
  return { begun, begin, end };
}

describe('turns', () => {
  it('keep a place open for others, however much one party brings', async () => {
    const { begun, begin, end } = bench(new FairTurns(limits));
    const a1 = begin('a1');
    const a2 = begin('a2');
    const a3 = begin('a3');
    const b1 = begin('b1');
    const b2 = begin('b2');
    await new Promise(setImmediate);
    expect(begun).toEqual(['a1', 'b1']);
    await end('b1', b1);
    expect(begun).toEqual(['a1', 'b1', 'b2']);
    await end('a1', a1);
    await end('a2', a2);
    await end('a3', a3);
    await end('b2', b2);
  });

  it('go round among those who wait', async () => {
    const { begun, begin, end } = bench(new FairTurns({ ...limits, places: 1 }));
    const names = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'];
    const works = new Map(names.map((name) => [name, begin(name)]));
    for (const name of ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']) {
      await new Promise(setImmediate);
      expect(begun.at(-1)).toBe(name);
      await end(name, works.get(name) ?? Promise.reject(new Error(name)));
    }
  });

  it('are not given to work that nobody waits for any more', async () => {
    const { begun, begin, end } = bench(new FairTurns(limits));
    const gone = new AbortController();
    const a1 = begin('a1');
    const a2 = begin('a2', gone.signal);
    gone.abort(new Error('left'));
    await expect(a2).rejects.toThrow('left');
    await expect(begin('a3', gone.signal)).rejects.toThrow('left');
    await end('a1', a1);
    expect(begun).toEqual(['a1']);
  });

  it('are refused to a party that has too much waiting, and to nobody else', async () => {
    const { begin, end } = bench(new FairTurns(limits));
    const works = ['a1', 'a2', 'a3', 'a4'].map((name) => begin(name));
    await expect(begin('a5')).rejects.toMatchObject({ code: 'too_many_requests' });
    const b1 = begin('b1');
    await end('b1', b1);
    for (const [i, work] of works.entries()) await end(`a${i + 1}`, work);
  });

  it('are given back by work that fails', async () => {
    const turns = new FairTurns({ ...limits, places: 1 });
    const { signal } = new AbortController();
    const failing = turns.run('a', signal, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await turns.run('b', signal, async () => 'done')).toBe('done');
  });
});
