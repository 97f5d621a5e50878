import type { HostTest } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { BANNER, Bench, handshake } from './support/bench.js';
import { caseFinish, caseList, caseStart, end, errorBlock } from './support/console-texts.js';
import { settled } from './support/manual-clock.js';

const named = (start: HostTest['start']): HostTest => ({ name: 'sample', start });

async function bench(test: HostTest): Promise<Bench> {
  const made = new Bench({ extraHostTests: [test] });
  await made.begin('sample');
  return made;
}

/** Restarts the board once it is ready, as the watchdog suites do. */
const resetter = named((context) => ({
  async onMessage({ key, value }) {
    if (key === 'ready') {
      await context.resetBoard();
      await context.send('__sync', '0');
    } else if (key === 'end') context.finish(value === 'success' ? 'pass' : 'fail', '');
  },
}));
const secondBoot = `boot\r\n${BANNER}${handshake(1).replace(/__sync;[^}]*/, '__sync;0')}`;

describe('a host test in a session', () => {
  it('may restart the board without it being a crash', async () => {
    const run = await bench(resetter);
    run.say(`${caseList('a')}${caseStart('a')}{{ready;0}}\r\n`);
    await settled();
    expect(run.wire.slice(1)).toEqual(['<reset>', '{{__sync;0}}\n']);
    run.say(`${secondBoot}${caseList('a')}${caseStart('a')}${caseFinish('a')}${end('success')}`);
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
    expect(run.types().filter((type) => type === 'caseBegin')).toHaveLength(1);
  });

  it('does not rearm the budget by a restart', async () => {
    const run = await bench(resetter);
    run.say('{{ready;0}}\r\n');
    await run.clock.advance(6000);
    run.say(secondBoot);
    await run.clock.advance(4000);
    await run.leaveUnanswered();
    expect(await run.ended()).toMatchObject({ reason: 'timeout' });
  });

  it('pays for a second restart that it did not announce', async () => {
    const run = await bench(resetter);
    run.say('{{ready;0}}\r\n');
    await settled();
    run.say(`${secondBoot}${secondBoot}`);
    expect(await run.ended()).toMatchObject({ verdict: 'crash', reason: 'rebooted' });
  });

  it('may announce one restart that the firmware makes itself', async () => {
    const run = await bench(
      named((context) => ({
        onMessage: ({ key }) => (key === 'soon' ? context.expectReset() : undefined),
      })),
    );
    run.say(`{{soon;1}}\r\n${secondBoot}{{test;1}}\r\n`);
    expect(run.end).toBeUndefined();
    run.say(BANNER);
    expect(await run.ended()).toMatchObject({ reason: 'rebooted' });
  });

  it('that throws is not held against the code', async () => {
    const run = await bench(
      named(() => ({
        onMessage() {
          throw new Error('undefined is not a function');
        },
      })),
    );
    run.say(`${caseStart('a')}{{x;1}}\r\n`);
    expect(await run.ended()).toEqual({
      verdict: 'infra',
      reason: 'hostTestError',
      message: 'host test sample: undefined is not a function',
    });
    expect(run.verdicts()).toEqual({ a: 'infra' });
  });

  it('that sends what the board cannot read is at fault itself', async () => {
    const run = await bench(named((context) => ({ onMessage: () => context.send('k', 'a|b') })));
    run.say('{{x;1}}\r\n');
    const ended = await run.ended();
    expect(ended).toMatchObject({ verdict: 'infra', reason: 'hostTestError' });
    expect(ended.message).toContain('cannot send the value "a|b"');
    expect(run.wire).toHaveLength(1);
  });

  it.each(['', ' leading', 'a\nb', 'ü', 'a;b', '{', 'x'.repeat(5000)])(
    'cannot send %j',
    async (value) => {
      let rejected: unknown;
      const run = await bench(
        named((context) => ({
          onMessage: () =>
            context.send('k', value).catch((error: unknown) => {
              rejected = error;
            }),
        })),
      );
      run.say('{{x;1}}\r\n');
      await settled();
      expect(rejected).toBeInstanceOf(Error);
    },
  );

  it('sees lines and messages in wire order, without those of the protocol', async () => {
    const seen: string[] = [];
    const run = await bench(
      named(() => ({
        onMessage: ({ key, value }) => void seen.push(`${key}=${value}`),
        onLine: (line) => void seen.push(line),
      })),
    );
    run.say(
      'one\r\n{{a;1}} two\r\n{{__testcase_count;1}}\r\n{{__thread_info;x}}\r\nthree\r\n{{b;2}}',
    );
    expect(seen.filter((text) => text !== '')).toEqual(['one', 'a=1', ' two', 'three', 'b=2']);
  });

  it('gives its verdict while a case runs, and the firmware may still end the case', async () => {
    const run = await bench(
      named((context) => ({
        onMessage: ({ key }) => (key === 'done' ? context.finish('pass', '') : undefined),
      })),
    );
    run.say(`${caseList('a')}${caseStart('a')}{{done;1}}\r\n`);
    await run.clock.advance(100);
    expect(run.end).toBeUndefined();
    run.say(caseFinish('a', 0, 1) + end('failure'));
    expect(await run.ended()).toMatchObject({ verdict: 'fail' });
  });

  it.each(['pass', 'fail'] as const)(
    'decides %s alone when the firmware stays silent',
    async (verdict) => {
      const run = await bench(
        named((context) => ({ onMessage: () => context.finish(verdict, 'because') })),
      );
      run.say(`${caseStart('a')}{{done;1}}\r\n`);
      await run.clock.advance(500);
      expect(await run.ended()).toEqual({ verdict, reason: 'completed', message: 'because' });
      expect(run.verdicts()).toEqual({ a: verdict });
    },
  );

  it('cannot turn a crash into a pass', async () => {
    const run = await bench(named((context) => ({ onMessage: () => context.finish('pass', '') })));
    run.say(`${caseStart('a')}{{done;1}}\r\n${errorBlock}`);
    expect(await run.ended()).toMatchObject({ verdict: 'crash' });
  });

  it('cannot pass what the firmware ends with failure', async () => {
    const run = await bench(
      named((context) => ({
        onMessage: ({ key }) => (key === 'end' ? context.finish('pass', '') : undefined),
      })),
    );
    run.say(end('failure'));
    expect(await run.ended()).toMatchObject({ verdict: 'fail' });
  });

  it('may think after the firmware has left', async () => {
    const run = await bench(
      named((context) => ({
        async onMessage({ key }) {
          if (key !== 'measure') return;
          await context.delay(3000);
          context.finish('pass', 'measured');
        },
      })),
    );
    run.say('{{measure;1}}\r\n{{__exit;0}}\r\n');
    await run.clock.advance(2999);
    expect(run.end).toBeUndefined();
    await run.clock.advance(1);
    expect(await run.ended()).toMatchObject({ verdict: 'pass', message: 'measured' });
  });

  it('that has no verdict when the firmware leaves fails the run', async () => {
    const run = await bench(named(() => ({})));
    run.say(end('success'));
    expect(await run.ended()).toMatchObject({ verdict: 'fail', reason: 'exitWithoutEnd' });
  });

  it('that the spec names overrules the one of the firmware', async () => {
    const run = new Bench({ hostTest: 'default_auto' });
    await run.begin('moon_phase');
    run.say(end('success'));
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
    expect(run.of('handshake')[0]?.hostTest).toBe('default_auto');
  });

  it('is blamed for nothing when the reset it asked for fails', async () => {
    const run = new Bench({ extraHostTests: [resetter] });
    run.reset = () => Promise.reject(new Error('no relay'));
    await run.begin('sample');
    run.say('{{ready;0}}\r\n');
    expect(await run.ended()).toMatchObject({ verdict: 'infra', reason: 'boardStartFailed' });
  });

  it('is blamed for nothing when the board does not come back from its reset', async () => {
    const run = new Bench({ extraHostTests: [resetter] });
    run.reset = () => new Promise(() => undefined);
    await run.begin('sample', 10);
    run.say('{{ready;0}}\r\n');
    await run.clock.advance(10_000);
    expect(await run.ended()).toMatchObject({ verdict: 'infra', reason: 'boardStartFailed' });
  });

  it('writes with pauses to a board that loses bytes', async () => {
    const run = new Bench({
      timing: { writePaceUsPerByte: 500 },
      extraHostTests: [named((context) => ({ onMessage: () => context.send('ab', 'cd') }))],
    });
    run.session.start();
    await run.clock.advance(60);
    run.wire.length = 0;
    run.say(`${handshake(1, 'sample')}{{x;1}}`);
    await run.clock.advance(20);
    expect(run.wire).toEqual(['{{', 'ab', ';c', 'd}', '}\n']);
  });

  it('has let go of what it holds when the run ends', async () => {
    let release: () => void = () => undefined;
    const run = await bench(
      named((context) => ({
        onMessage: () => context.finish('pass', 'done'),
        end: () =>
          new Promise((resolve) => {
            release = resolve;
          }),
      })),
    );
    run.say('{{x;1}}\r\n');
    await settled();
    expect(run.end).toBeUndefined();
    release();
    expect(await run.ended()).toMatchObject({ verdict: 'pass', message: 'done' });
  });

  it('is ended when the board answers the handshake again, and started anew', async () => {
    const log: string[] = [];
    const run = new Bench({
      extraHostTests: [
        named(() => ({
          onMessage: ({ key }) => void log.push(key),
          end: async () => void log.push('end'),
        })),
      ],
    });
    run.session.start();
    await run.clock.advance(1000);
    run.say(handshake(1, 'sample'));
    run.say('{{first;1}}\r\n');
    run.say(`${handshake(2, 'sample')}{{second;1}}\r\n`);
    await settled();
    expect(log).toEqual(['first', 'end', 'second']);
    run.session.cancel('enough');
    expect(await run.ended()).toMatchObject({ verdict: 'cancelled' });
    expect(log).toEqual(['first', 'end', 'second', 'end']);
  });

  it('may give its verdict when the time of firmware that never ends is over', async () => {
    const run = await bench(
      named((context) => ({ onExit: () => context.finish('pass', 'silence was what it wanted') })),
    );
    run.say('{{seen;1}}\r\n');
    await run.clock.advance(10_000);
    expect(await run.ended()).toMatchObject({ verdict: 'pass', reason: 'completed' });
  });

  it('has no say for ever: that it does not answer is held against it, not against the code', async () => {
    const silent = await bench(named(() => ({ onExit: () => undefined })));
    await silent.clock.advance(10_000);
    await silent.leaveUnanswered();
    expect(await silent.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
    const stuck = await bench(named(() => ({ onExit: () => new Promise(() => undefined) })));
    await stuck.clock.advance(10_000);
    await settled();
    await stuck.clock.advance(2000);
    expect(await stuck.ended()).toMatchObject({ verdict: 'infra', reason: 'hostTestError' });
  });

  it('may give its verdict when the firmware leaves', async () => {
    const run = await bench(
      named((context) => ({
        async onExit() {
          await context.delay(10);
          context.finish('pass', 'all seen');
        },
      })),
    );
    run.say('{{__exit;0}}\r\n');
    await run.clock.advance(10);
    expect(await run.ended()).toMatchObject({ verdict: 'pass', message: 'all seen' });
  });
});

describe('a number that a host test reports', () => {
  const measuring = (value: number) =>
    named((context) => ({
      onMessage({ key }) {
        if (key !== 'go') return;
        context.metric({ name: 'skew', value, unit: 'us', direction: 'lower', kind: 'noisy' });
        context.finish('pass', '');
      },
    }));

  it('is recorded', async () => {
    const run = await bench(measuring(0.25));
    run.say(`{{go;1}}\r\n${end('success')}`);
    expect(run.of('metric').map(({ metric }) => metric)).toEqual([
      { name: 'skew', value: 0.25, unit: 'us', direction: 'lower', kind: 'noisy' },
    ]);
  });

  it('is left out with a note when it is none', async () => {
    const run = await bench(measuring(Number.POSITIVE_INFINITY));
    run.say(`{{go;1}}\r\n${end('success')}`);
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
    expect(run.of('metric')).toEqual([]);
    expect(run.of('note').map(({ text }) => text)).toContainEqual(
      expect.stringContaining('metric of the host test is left out: value:'),
    );
  });
});
