import { type EventBody, eventBodySchema } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import {
  type CompareLogOptions,
  CompareLogSession,
} from '../../src/compare-log/compare-log-session.js';
import type { SessionEnd } from '../../src/session/session-types.js';
import { ManualClock } from '../greentea/support/manual-clock.js';

/** A session with a console that the test plays by hand. */
class Bench {
  readonly clock = new ManualClock();
  readonly events: EventBody[] = [];
  readonly session: CompareLogSession;

  constructor(lines: readonly string[], more: Partial<CompareLogOptions> = {}) {
    const options = { clock: this.clock, runTimeoutMs: 5000, isWired: false, ...more };
    const compareLog = { lines: [...lines] };
    this.session = new CompareLogSession({ ...options, compareLog }, (body) =>
      this.events.push(eventBodySchema.parse(body)),
    );
    this.session.start();
  }

  say(text: string): this {
    this.session.push(Buffer.from(text, 'latin1'), this.clock.nowUs());
    return this;
  }

  async end(): Promise<SessionEnd> {
    return await this.session.ended;
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
    const unknown = new Bench(['a'], { isWired: true });
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

  it('lets others have their turn between lines that are dear to judge', async () => {
    const bench = new Bench(['done'], { judging: { sliceMs: 0 } });
    const turns: number[] = [];
    const other = (): void => {
      turns.push(bench.events.length);
      if (turns.length < 3) setImmediate(other);
    };
    setImmediate(other);
    bench.say('1\n2\n3\ndone\n');
    expect(bench.events).toEqual([]);
    await bench.session.ended;
    expect(turns.filter((events) => events === 0).length).toBeGreaterThan(1);
    expect(await bench.end()).toMatchObject({ verdict: 'pass' });
  });

  it('judges all that came before the end of the time or of the console, however long that takes', async () => {
    const late = new Bench(['done'], { judging: { sliceMs: 0 } });
    late.say('1\n2\n3\ndone\n');
    await late.clock.advance(5000);
    expect(await late.session.ended).toMatchObject({ verdict: 'pass' });
    const lost = new Bench(['done', 'more'], { judging: { sliceMs: 0 } });
    lost.say('1\n2\ndone\n');
    lost.session.portLost('outputLimit', 'too much.');
    lost.say('more\n');
    expect((await lost.session.ended).message).toContain('line 2 of 2 did not come: "more"');
  });

  it('fails a console whose lines take more of the processor than a run may have', async () => {
    const bench = new Bench(['/x$/'], { judging: { sliceMs: 0, maxJudgingMs: 0 } });
    bench.say('1\n2\n3\nx\n');
    const end = await bench.session.ended;
    expect(end).toMatchObject({ verdict: 'fail', reason: 'outputLimit' });
    expect(end.message).toContain('plain text instead of an expression');
  });

  it('is infra when the agent cannot read an expression that it is sent', async () => {
    const bench = new Bench(['/a{300}/']).say('aaa\n');
    expect(await bench.end()).toMatchObject({ verdict: 'infra', reason: 'agentRefused' });
  });

  it('compares what a person sees: no colours, NUL, idle line or noise, wherever the bytes come apart', async () => {
    const bench = new Bench(['/^\\[INF\\] boot$/', 'link', '/^done$/']);
    const console =
      '\0\xff\xfe\xf8\x1b[1;32m[INF]\x1b[0m bo\0ot\r\n\x1b]0;li\x07lin\x1b(Bk\r\n\x1b[2Kdone\x1b[K\r\n';
    for (const character of console) bench.say(character);
    expect(await bench.end()).toMatchObject({ verdict: 'pass' });
  });

  it('compares what looked like a crash and was none, in its order', async () => {
    const bench = new Bench(['++ MbedOS Error Info ++', 'is what', 'done']);
    bench.say('++ MbedOS Error Info ++\nis what a crash begins with\ndone\n');
    expect(await bench.end()).toMatchObject({ verdict: 'pass' });
  });
});
