import { type EventBody, eventBodySchema } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { CompareLogSession } from '../../src/compare-log/compare-log-session.js';
import type { SessionEnd } from '../../src/greentea/session-types.js';
import { ManualClock, settled } from '../greentea/support/manual-clock.js';

/** A session with a console that the test plays by hand. */
class Bench {
  readonly clock = new ManualClock();
  readonly events: EventBody[] = [];
  readonly session: CompareLogSession;
  #end: SessionEnd | undefined;

  constructor(lines: readonly string[], more: { imageIdentified?: boolean } = {}) {
    const options = { clock: this.clock, runTimeoutMs: 5000, imageIdentified: true, ...more };
    const compareLog = { lines: [...lines] };
    this.session = new CompareLogSession({ ...options, compareLog }, (body) =>
      this.events.push(eventBodySchema.parse(body)),
    );
    this.session.ended.then(
      (end) => {
        this.#end = end;
      },
      () => undefined,
    );
    this.session.start();
  }

  say(text: string): this {
    this.session.push(Buffer.from(text, 'latin1'), this.clock.nowUs());
    return this;
  }

  async end(): Promise<SessionEnd> {
    await settled();
    if (!this.#end) throw new Error('the session has not ended');
    return this.#end;
  }

  async timeout(): Promise<SessionEnd> {
    await this.clock.advance(5000);
    return await this.end();
  }
}

describe('a run that is judged by its console', () => {
  it('passes at once when all lines came in order, others between them', async () => {
    const bench = new Bench(['boot', '/^suite \\d+ passed$/', 'done']);
    bench.say('xx boot\r\nnoise\r\nsuite 12 passed\r\n\r\nall done now\r\n');
    expect(await bench.end()).toMatchObject({ verdict: 'pass', reason: 'completed' });
    expect(bench.clock.pending).toBe(0);
    expect(bench.events).toHaveLength(3);
  });

  it('does not depend on where the bytes come apart', async () => {
    const bench = new Bench(['one', 'two']);
    for (const character of 'one\r\ntwo\r\n') bench.say(character);
    expect(await bench.end()).toMatchObject({ verdict: 'pass' });
  });

  it('names the first line that did not come, and the last that did', async () => {
    const bench = new Bench(['one', '/tw[o]/', 'three']);
    bench.say('one\nthree\n\n');
    const end = await bench.timeout();
    expect(end).toMatchObject({ verdict: 'fail', reason: 'timeout' });
    expect(end.message).toBe(
      'line 2 of 3 did not come: "/tw[o]/" within 5000 ms; last line: "three"',
    );
  });

  it('fails lines that come in the wrong order', async () => {
    const end = await new Bench(['one', 'two']).say('two\none\n').timeout();
    expect(end.message).toContain('line 2 of 2 did not come: "two"');
  });

  it('needs a line of its own for each expected line', async () => {
    expect(await new Bench(['a', 'a']).say('a a\n').timeout()).toMatchObject({ verdict: 'fail' });
  });

  it('takes a last line that has no end', async () => {
    expect(await new Bench(['done']).say('done').timeout()).toMatchObject({ verdict: 'pass' });
  });

  it('calls a silent image a hang, or infra when nothing proves that it is for the board', async () => {
    expect(await new Bench(['a']).timeout()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
    const unknown = new Bench(['a'], { imageIdentified: false });
    expect(await unknown.timeout()).toMatchObject({ verdict: 'infra', reason: 'syncFailed' });
  });

  it('ends at a crash block, with it as evidence', async () => {
    const bench = new Bench(['done']);
    bench.say(
      '++ MbedOS Error Info ++\r\nError Message: bad\r\n-- MbedOS Error Info --\r\ndone\r\n',
    );
    expect(await bench.end()).toMatchObject({ verdict: 'crash', reason: 'crashBlock' });
    expect(bench.events.map((event) => event.type)).toEqual(['crash']);
  });

  it('is infra when the console is lost, and fails when it prints without end', async () => {
    const lost = new Bench(['a']);
    lost.session.portLost('consoleLost', 'gone');
    expect(await lost.end()).toMatchObject({ verdict: 'infra', reason: 'consoleLost' });
    const endless = new Bench(['a']);
    endless.session.portLost('outputLimit', 'too much.');
    expect(await endless.end()).toMatchObject({ verdict: 'fail', reason: 'outputLimit' });
  });

  it('has no effect after its end', async () => {
    const bench = new Bench(['a']).say('a\nrest');
    bench.say('++ MbedOS Error Info ++\r\n');
    bench.session.cancel('late');
    expect(await bench.end()).toMatchObject({ verdict: 'pass' });
  });

  it('keeps little of a line that never ends, and goes on after it', async () => {
    const bench = new Bench(['/^next$/']);
    for (let i = 0; i < 100; i++) bench.say('x'.repeat(100_000));
    expect(await bench.say('\nnext\n').end()).toMatchObject({ verdict: 'pass' });
  });
});
