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

  it('gives the last try its full wait', async () => {
    const bench = new Bench();
    bench.session.start();
    await bench.clock.advance(1999);
    expect(bench.end).toBeUndefined();
    await bench.clock.advance(1);
    expect(await bench.ended()).toMatchObject({ verdict: 'hang', reason: 'syncFailed' });
  });

  it('blames the infrastructure when the image may be for another board', async () => {
    const bench = new Bench({ imageIdentified: false });
    bench.session.start();
    bench.say('U-Boot 2022.01\r\n=> ');
    await bench.clock.advance(2000);
    const ended = await bench.ended();
    expect(ended).toMatchObject({ verdict: 'infra', reason: 'syncFailed' });
    expect(ended.message).toContain(
      '2 of 2 __sync sent, none answered; 19 bytes received; last line: "=> "',
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
    await bench.clock.advance(1000);
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
    bench.say(errorBlock.slice(0, 60));
    await bench.clock.advance(1500);
    expect(bench.wire).toEqual([sync(1)]);
    bench.say(errorBlock.slice(60));
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
    const bench = new Bench({ timing: { startTimeoutMs: 5000 } });
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
    await bench.clock.advance(2000);
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
