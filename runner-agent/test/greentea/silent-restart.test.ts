import { describe, expect, it } from '@jest/globals';
import { BANNER, Bench, handshake } from './support/bench.js';
import { caseFinish, caseStart, end, errorBlock } from './support/console-texts.js';
import { settled } from './support/manual-clock.js';

describe('firmware that restarts without a word', () => {
  it('is asked when its time is over, and shows that it is at its start', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(caseStart('a'));
    await bench.clock.advance(10_000);
    expect(bench.wire.at(-1)).toMatch(/^(mbed){10}\{\{__sync;/);
    bench.say(BANNER);
    expect(await bench.ended()).toMatchObject({ verdict: 'crash', reason: 'rebooted' });
  });

  it('is not what hangs: whatever else it says then is too late', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(caseStart('a'));
    await bench.clock.advance(10_000);
    bench.say(caseFinish('a') + end('success'));
    await bench.leaveUnanswered();
    expect(await bench.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
    expect(bench.verdicts()).toEqual({ a: 'hang' });
  });

  it('is not what returns the question', async () => {
    const bench = new Bench();
    await bench.begin();
    await bench.clock.advance(10_000);
    bench.say(bench.wire.at(-1) ?? '');
    await bench.leaveUnanswered();
    expect(await bench.ended()).toMatchObject({ verdict: 'hang' });
  });
});

describe('a board that tells of restarts', () => {
  it('ends the run as a crash, after what was still on its way', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(caseStart('a'));
    bench.session.restarted();
    bench.say('the last words\r\n');
    expect(bench.end).toBeUndefined();
    await bench.clock.advance(250);
    expect(await bench.ended()).toMatchObject({ verdict: 'crash', reason: 'rebooted' });
    expect(bench.of('crash')[0]?.crash.lines.at(-1)).toBe('the last words');
  });

  it('does not hide the crash block that came before', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.session.restarted();
    bench.say(errorBlock);
    await bench.clock.advance(2000);
    expect(await bench.ended()).toMatchObject({ verdict: 'crash', reason: 'crashBlock' });
  });

  it('does not fail a host test that knows why, whether it says so before or after', async () => {
    const bench = new Bench();
    await bench.begin('system_reset', 30);
    bench.say('{{ready;0}}\r\n');
    await settled();
    bench.session.restarted();
    await bench.clock.advance(500);
    const [key] = /\{\{__sync;[^}]+\}\}/.exec(bench.wire.at(-1) ?? '') ?? [''];
    bench.say(`${BANNER}${key}\r\n{{__version;1.3.0}}\r\n{{ready;0}}\r\n${end('success')}`);
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
  });

  it('may do so once in its boot loader, but not again and again', async () => {
    const bench = new Bench();
    bench.session.start();
    bench.session.restarted();
    await settled();
    bench.say(handshake(1) + end('success'));
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
    const loop = new Bench();
    loop.session.start();
    for (let i = 0; i < 3; i++) loop.session.restarted();
    await loop.clock.advance(3000);
    expect(await loop.ended()).toMatchObject({ verdict: 'crash', reason: 'rebooted' });
  });
});
