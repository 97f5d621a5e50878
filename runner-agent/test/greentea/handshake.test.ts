import { describe, expect, it } from '@jest/globals';
import { BANNER, Bench, handshake, uuid } from './support/bench.js';
import { casePass, caseStart, end, errorBlock } from './support/console-texts.js';
import { settled } from './support/manual-clock.js';

const sync = (n: number): string => `${'mbed'.repeat(10)}{{__sync;${uuid(n)}}}\n`;

describe('the handshake', () => {
  it('wakes the board and asks with one line feed', async () => {
    const bench = new Bench();
    bench.session.start();
    await settled();
    expect(bench.wire).toEqual([sync(1)]);
  });

  it('reports what the firmware announced', async () => {
    const bench = new Bench();
    await bench.begin('default_auto', 25);
    expect(bench.events).toEqual([
      { type: 'handshake', clientVersion: '1.3.0', timeoutMs: 25_000, hostTest: 'default_auto' },
    ]);
  });

  it('resets the board and asks with a new uuid when nothing answers', async () => {
    const bench = new Bench();
    bench.session.start();
    await bench.clock.advance(999);
    expect(bench.wire).toEqual([sync(1)]);
    await bench.clock.advance(1);
    expect(bench.wire).toEqual([sync(1), '<reset>', sync(2)]);
    bench.say(handshake(2));
    expect(bench.types()).toContain('handshake');
  });

  it('waits for a reset before it asks again', async () => {
    const bench = new Bench();
    let back: () => void = () => undefined;
    bench.reset = () =>
      new Promise((resolve) => {
        back = resolve;
      });
    bench.session.start();
    await bench.clock.advance(1000);
    expect(bench.wire).toEqual([sync(1), '<reset>']);
    back();
    await settled();
    expect(bench.wire).toEqual([sync(1), '<reset>', sync(2)]);
  });

  it('waits twice after the second start, and gives the last try its full wait', async () => {
    const bench = new Bench();
    bench.session.start();
    await bench.clock.advance(2999);
    expect(bench.wire).toEqual([sync(1), '<reset>', sync(2), sync(3)]);
    expect(bench.end).toBeUndefined();
    await bench.clock.advance(1);
    expect(await bench.ended()).toMatchObject({ verdict: 'hang', reason: 'syncFailed' });
  });

  it('blames the infrastructure when the board is wired, and its console may be dead', async () => {
    const bench = new Bench({ isWired: true });
    bench.session.start();
    bench.say('U-Boot 2022.01\r\n=> ');
    await bench.clock.advance(4000);
    const ended = await bench.ended();
    expect(ended).toMatchObject({ verdict: 'infra', reason: 'syncFailed' });
    expect(ended.message).toContain(
      '4 __sync sent in 2 of 2 starts, none answered; firmware that starts slowly needs a syncTimeoutMs over 1000; ' +
        '19 bytes received; last line: "=> "',
    );
  });

  it('accepts a late answer to an earlier try', async () => {
    const bench = new Bench();
    bench.session.start();
    await bench.clock.advance(1000);
    bench.say(handshake(1));
    expect(bench.types()).toContain('handshake');
    await bench.clock.advance(5000);
    expect(bench.end).toBeUndefined();
  });

  it('ignores an answer while the reset that makes it void is under way', async () => {
    const bench = new Bench();
    bench.reset = () => new Promise(() => undefined);
    bench.session.start();
    await bench.clock.advance(1000);
    bench.say(handshake(1));
    expect(bench.types()).not.toContain('handshake');
  });

  it('starts over when its own reset reaches the board after an answer', async () => {
    const bench = new Bench();
    bench.session.start();
    await bench.clock.advance(1000);
    bench.say(handshake(1) + caseStart('a') + handshake(2) + casePass('a') + end('success'));
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
    expect(bench.of('handshake')).toHaveLength(2);
    expect(bench.of('crash')).toEqual([]);
  });

  it('resets the board at once when older firmware answers', async () => {
    const bench = new Bench();
    bench.session.start();
    await settled();
    bench.say(`${BANNER}{{__sync;ffffffff-0000-4000-8000-000000000000}}\r\n`);
    await settled();
    expect(bench.wire).toEqual([sync(1), '<reset>', sync(2)]);
    bench.say(handshake(2));
    expect(bench.types()).toEqual(['note', 'handshake']);
  });

  it('says when other firmware kept answering', async () => {
    const bench = new Bench();
    bench.session.start();
    bench.say('{{__sync;other}}\r\n');
    await settled();
    bench.say('{{__sync;other}}\r\n');
    await bench.clock.advance(2000);
    expect((await bench.ended()).message).toContain('2 answered with a foreign uuid');
  });

  it('does not count the banners before the answer as restarts', async () => {
    const bench = new Bench();
    bench.session.start();
    bench.say(BANNER + BANNER + handshake(1) + end('success'));
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
  });

  it('does not reset a board that is printing its crash', async () => {
    const bench = new Bench();
    bench.session.start();
    bench.say(errorBlock.slice(0, 100));
    await bench.clock.advance(1500);
    expect(bench.wire).toEqual([sync(1)]);
    bench.say(errorBlock.slice(100));
    expect(await bench.ended()).toMatchObject({ verdict: 'crash' });
  });

  it('blames the infrastructure for a board that cannot be reset', async () => {
    const bench = new Bench();
    bench.reset = () => Promise.reject(new Error('QMP is gone'));
    bench.session.start();
    await bench.clock.advance(1000);
    expect(await bench.ended()).toEqual({
      verdict: 'infra',
      reason: 'boardStartFailed',
      message: 'the reset before a new __sync failed: QMP is gone',
    });
  });

  it('blames the infrastructure for a board that does not come back from a reset', async () => {
    const bench = new Bench({ timing: { runTimeoutMs: 5000 } });
    bench.reset = () => new Promise(() => undefined);
    bench.session.start();
    await bench.clock.advance(5000);
    expect(await bench.ended()).toMatchObject({ verdict: 'infra', reason: 'boardStartFailed' });
  });

  it('blames the infrastructure for a console that takes no bytes', async () => {
    const bench = new Bench();
    bench.write = () => Promise.reject(new Error('EIO'));
    bench.session.start();
    expect(await bench.ended()).toMatchObject({ verdict: 'infra', reason: 'consoleLost' });
  });

  it('ends in time although the port never answers a write', async () => {
    const bench = new Bench();
    bench.write = () => new Promise(() => undefined);
    bench.session.start();
    await bench.clock.advance(3000);
    expect(await bench.ended()).toMatchObject({ reason: 'syncFailed' });
  });

  it('paces what it writes and waits longer for the answer', async () => {
    const bench = new Bench({ timing: { writePaceUsPerByte: 1000, syncTries: 1 } });
    bench.session.start();
    await bench.clock.advance(10);
    expect(bench.wire.join('')).toBe(sync(1).slice(0, bench.wire.length));
    expect(bench.wire.length).toBeLessThan(15);
    await bench.clock.advance(990);
    expect(bench.wire.join('')).toBe(sync(1));
    expect(bench.end).toBeUndefined();
    await bench.clock.advance(sync(1).length);
    expect(await bench.ended()).toMatchObject({ reason: 'syncFailed' });
  });
});

describe('the handshake with a board that starts slowly', () => {
  /** A boot loader: starts anew at each reset, prints `chatter` now and then, and listens after `bootMs`. */
  async function boot(bench: Bench, bootMs: number, chatter: string): Promise<void> {
    let startedMs = 0;
    const nowMs = () => bench.clock.nowUs() / 1000;
    bench.reset = async () => {
      startedMs = nowMs();
    };
    bench.session.start();
    for (let asked = 0; !bench.end && nowMs() < 60_000; await bench.clock.advance(50)) {
      const syncs = bench.wire.filter((text) => text.startsWith('mbed')).length;
      const isUp = nowMs() - startedMs >= bootMs;
      if (isUp && syncs > asked) bench.say(handshake(syncs) + end('success'));
      else if (!isUp && nowMs() % 400 === 0) bench.say(chatter);
      asked = syncs;
    }
  }

  it.each([
    ['a silent one', '', 4],
    ['one that prints', 'Loading the image from flash ...\r\n', 2],
  ])('outlasts %s of three and a half waits', async (_, chatter, resets) => {
    const bench = new Bench({ timing: { syncTries: 5 } });
    await boot(bench, 3500, chatter);
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
    expect(bench.wire.filter((text) => text === '<reset>')).toHaveLength(resets);
  });

  it('does not reset a board while it prints, but does in the end', async () => {
    const bench = new Bench();
    await boot(bench, 100_000, 'still at it\r\n');
    expect(bench.wire.filter((text) => text === '<reset>')).toHaveLength(1);
    expect(await bench.ended()).toMatchObject({ verdict: 'hang', reason: 'syncFailed' });
    expect(bench.of('note').map(({ text }) => text)).toEqual([
      'no answer to __sync within 1000 ms, but the board prints: waiting',
      'no answer to __sync within 2000 ms: resetting the board',
      'no answer to __sync within 2000 ms, but the board prints: waiting',
    ]);
  });

  it('says nothing twice that waits for the firmware', async () => {
    const bench = new Bench({ timing: { keepsInput: true } });
    bench.session.start();
    await bench.clock.advance(2999);
    expect(bench.wire).toEqual([sync(1), '<reset>', sync(2)]);
  });

  it.each([
    ['resetDelayMs', { resetDelayMs: 20_000 }],
    ['syncTimeoutMs', { syncTimeoutMs: 60_000 }],
  ])('has as much time as a %s of many seconds asks for', async (_, timing) => {
    const bench = new Bench({ timing: { ...timing, startTimeoutMs: 10_000, syncTries: 1 } });
    bench.session.start();
    await bench.clock.advance(20_000);
    expect(bench.wire).toEqual([sync(1)]);
    bench.say(handshake(1) + end('success'));
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
  });
});

describe('a console that returns what it is sent', () => {
  const echoOf = (text: string) => text.replace('\n', '\r\n');

  it('is no answer to __sync', async () => {
    const bench = new Bench();
    bench.write = () => Promise.resolve();
    bench.session.start();
    await settled();
    bench.say(echoOf(sync(1)));
    expect(bench.types()).toEqual([]);
    await bench.clock.advance(1000);
    expect(bench.wire).toEqual([sync(1), '<reset>', sync(2)]);
  });

  it('restarts nothing, however the echo is cut', async () => {
    const bench = new Bench();
    bench.session.start();
    await settled();
    for (const byte of echoOf(sync(1)) + handshake(1)) bench.say(byte);
    bench.say(casePass('a') + end('success'));
    expect(await bench.ended()).toMatchObject({ verdict: 'pass', reason: 'completed' });
    expect(bench.of('crash')).toEqual([]);
  });

  it('shows the host test only what the firmware said', async () => {
    const bench = new Bench();
    bench.session.start();
    await settled();
    bench.say(echoOf(sync(1)) + handshake(1, 'device_echo'));
    bench.say('{{echo;hello}}\r\n');
    await settled();
    expect(bench.wire.at(-1)).toBe('{{echo;hello}}\n');
    bench.say('{{echo;hello}}\r\n');
    await settled();
    expect(bench.wire).toHaveLength(2);
    bench.say('{{echo;hello}}\r\n');
    await settled();
    expect(bench.wire).toHaveLength(3);
    bench.say(`{{echo;hello}}\r\n${end('success')}`);
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
  });

  it('may be the boot loader only: its firmware repeats what it means to', async () => {
    const bench = new Bench();
    bench.session.start();
    await settled();
    bench.say(`=> ${echoOf(sync(1))}Unknown command\r\n`);
    await bench.clock.advance(1000);
    await bench.clock.advance(1000);
    bench.say(handshake(bench.wire.filter((text) => text !== '<reset>').length, 'device_echo'));
    bench.say('{{echo;hello}}\r\n');
    await settled();
    bench.say('{{echo;hello}}\r\n');
    await settled();
    expect(bench.wire.slice(-2)).toEqual(['{{echo;hello}}\n', '{{echo;hello}}\n']);
  });
});
