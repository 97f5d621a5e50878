import { impairmentSchema } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { ImpairedPath } from '../../src/drivers/network/impaired-path.js';

/** A path whose time goes on when the test says so. */
class PlayedPath {
  readonly arrived: string[] = [];
  readonly path: ImpairedPath;
  #nowMs = 0;
  #due: { atMs: number; then: () => void } | undefined;

  constructor(impairment: object, seed = 0) {
    const deliver = (frame: Buffer): void => {
      this.arrived.push(`${frame.toString('latin1').trim()} at ${this.#nowMs}`);
    };
    this.path = new ImpairedPath(
      impairmentSchema.parse(impairment),
      { seed, deliver },
      {
        nowMs: () => this.#nowMs,
        after: (ms, then) => {
          const due = { atMs: this.#nowMs + ms, then };
          this.#due = due;
          return () => {
            if (this.#due === due) this.#due = undefined;
          };
        },
      },
    );
  }

  send(name: string, bytes = 100): string | undefined {
    return this.path.send(Buffer.from(name.padEnd(bytes)));
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#due && this.#due.atMs <= untilMs) {
      const { atMs, then } = this.#due;
      this.#due = undefined;
      this.#nowMs = atMs;
      then();
    }
    this.#nowMs = untilMs;
  }
}

describe('an impaired path', () => {
  it('delays each frame', () => {
    const played = new PlayedPath({ delayMs: 20 });
    played.send('a');
    played.advance(5);
    played.send('b');
    played.advance(100);
    expect(played.arrived).toEqual(['a at 20', 'b at 25']);
  });

  it('carries no more than its rate, and has room for so many frames and no more', () => {
    const played = new PlayedPath({ rateKbps: 8, delayMs: 1 });
    const refused = Array.from({ length: 300 }, (_, i) => played.send(`f${i}`, 10)).filter(Boolean);
    expect(refused).toHaveLength(44);
    played.advance(35);
    expect(played.arrived).toEqual(['f0 at 11', 'f1 at 21', 'f2 at 31']);
  });

  it('loses the share that is asked for, the same frames with the same seed', () => {
    const lost = (impairment: object, seed?: number): string => {
      const played = new PlayedPath(impairment, seed);
      return Array.from({ length: 200 }, () => (played.send('x') === undefined ? '.' : 'L')).join(
        '',
      );
    };
    const first = lost({ lossPercent: 10 });
    expect(first.replaceAll('.', '').length).toBeGreaterThan(8);
    expect(first.replaceAll('.', '').length).toBeLessThan(40);
    expect(lost({ lossPercent: 10 })).toBe(first);
    expect(lost({ lossPercent: 10, seed: 2 })).not.toBe(first);
    expect(lost({ lossPercent: 10 }, 1)).not.toBe(first);
  });

  it('has frames overtake those that are delayed', () => {
    const played = new PlayedPath({ delayMs: 50, reorderPercent: 50 });
    for (const name of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      played.send(name);
      played.advance(1);
    }
    played.advance(100);
    const order = played.arrived.map((one) => one.split(' ')[0]);
    expect([...order].sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(order).not.toEqual([...order].sort());
  });

  it('delivers nothing after its end', () => {
    const played = new PlayedPath({ delayMs: 20 });
    played.send('a');
    played.path.close();
    played.advance(100);
    expect(played.arrived).toEqual([]);
  });

  it('cannot reorder what is not delayed', () => {
    expect(() => impairmentSchema.parse({ reorderPercent: 5 })).toThrow('give `delayMs`');
  });
});
