import { describe, expect, it } from '@jest/globals';
import { Bench, handshake, uuid } from './support/bench.js';
import {
  caseList,
  caseStart,
  end,
  errorBlock,
  errorKeys,
  faultDump,
} from './support/console-texts.js';
import { settled } from './support/manual-clock.js';

describe('the budget of a run', () => {
  it('is what the firmware announced, from when it did', async () => {
    const bench = new Bench();
    bench.session.start();
    await bench.clock.advance(500);
    bench.say(handshake(1, 'default_auto', 10));
    await bench.clock.advance(9999);
    expect(bench.end).toBeUndefined();
    await bench.clock.advance(1);
    await bench.leaveUnanswered();
    expect(await bench.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });

  it('never exceeds the cap', async () => {
    const bench = new Bench({ timing: { runTimeoutMs: 3000 } });
    await bench.begin('default_auto', 100_000);
    expect(bench.of('handshake')[0]?.timeoutMs).toBe(3000);
    await bench.clock.advance(3000);
    await bench.leaveUnanswered();
    expect(await bench.ended()).toMatchObject({ reason: 'timeout' });
  });

  it('names the hanging case, blocks the next and tells how long the board was silent', async () => {
    const bench = new Bench();
    await bench.begin();
    await bench.clock.advance(1000);
    bench.say(`${caseList('a', 'b')}${caseStart('a')}waiting for a peer\r\n`);
    await bench.clock.advance(9000);
    await bench.leaveUnanswered();
    const ended = await bench.ended();
    expect(ended.message).toBe(
      'no verdict within 10000 ms, while the case "a" ran; silent for 9.0 s; last line: "waiting for a peer"',
    );
    expect(
      bench.of('caseEnd').map(({ name, verdict, durationUs }) => [name, verdict, durationUs]),
    ).toEqual([
      ['a', 'hang', 9_500_000],
      ['b', 'blocked', 0],
    ]);
    expect(bench.of('caseEnd')[1]?.failures[0]?.message).toMatch(
      /^never started: no verdict within/,
    );
  });

  it('says of a board that prints until its time is up that it still printed', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(caseStart('a'));
    await bench.clock.advance(9900);
    bench.say('still counting\r\n');
    await bench.clock.advance(100);
    await bench.leaveUnanswered();
    expect((await bench.ended()).message).toBe(
      'no verdict within 10000 ms, while the case "a" ran; still printing 0.1 s before the deadline; last line: "still counting"',
    );
  });

  it('names the failure that the hanging case has printed', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(`${caseStart('a')}:66::FAIL: Expected 0 Was -12\r\nwaiting\r\n`);
    await bench.clock.advance(10_000);
    await bench.leaveUnanswered();
    expect((await bench.ended()).message).toContain(
      'while the case "a" ran, which had printed "line 66: Expected 0 Was -12"; silent',
    );
  });

  it.each(['0', 'soon', '-1', '99999999999'])(
    'leaves out __timeout;%s and says so',
    async (value) => {
      const bench = new Bench({ timing: { startTimeoutMs: 5000 } });
      bench.session.start();
      bench.say(`{{__sync;${uuid(1)}}}{{__timeout;${value}}}{{__host_test_name;default_auto}}\n`);
      expect(bench.of('note')[0]?.text).toContain('__timeout');
      expect(bench.of('handshake')[0]?.timeoutMs).toBe(5000);
    },
  );

  it.each([
    ['{{__timeout_set;30}}', 30_000],
    ['{{__timeout_set;4}}', 4000],
    ['{{__timeout_adjust;5}}', 15_000],
    ['{{__timeout_adjust;-5}}', 5000],
    ['{{__timeout_adjust;5}}{{__timeout_adjust;5}}', 20_000],
    ['{{__timeout_adjust;999999}}', 60_000],
    ['{{__timeout_set;soon}}', 10_000],
    ['{{__timeout_set;-1}}', 10_000],
  ])('is counted from its begin after %s', async (text, budgetMs) => {
    const bench = new Bench({ timing: { runTimeoutMs: 60_000 } });
    await bench.begin('default_auto', 10);
    await bench.clock.advance(3000);
    bench.say(`${text}\r\n`);
    await bench.clock.advance(budgetMs - 3001);
    expect(bench.end).toBeUndefined();
    await bench.clock.advance(1);
    await bench.leaveUnanswered();
    expect((await bench.ended()).message).toContain(`no verdict within ${budgetMs} ms`);
  });

  it('is over at once when it is set to less than has passed', async () => {
    const bench = new Bench();
    await bench.begin('default_auto', 10);
    await bench.clock.advance(3000);
    bench.say('{{__timeout_set;1}}\r\n');
    await bench.clock.advance(0);
    await bench.leaveUnanswered();
    expect(await bench.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });

  it('ends a board that answers and then announces nothing', async () => {
    const bench = new Bench({ timing: { startTimeoutMs: 5000 } });
    bench.session.start();
    bench.say(`{{__sync;${uuid(1)}}}\r\n`);
    await bench.clock.advance(5000);
    await bench.leaveUnanswered();
    const ended = await bench.ended();
    expect(ended).toMatchObject({ verdict: 'hang', reason: 'timeout' });
    expect(ended.message).toContain('before a host test was announced');
  });

  it('is a failed handshake when it is spent before an answer', async () => {
    const bench = new Bench({ timing: { runTimeoutMs: 500 } });
    bench.session.start();
    await bench.clock.advance(500);
    expect(await bench.ended()).toMatchObject({ verdict: 'hang', reason: 'syncFailed' });
  });

  it('reads what arrived meanwhile when the machine was late itself', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.clock.sleepThrough(11_000);
    await bench.clock.advance(0);
    expect(bench.end).toBeUndefined();
    bench.say(end('success'));
    expect(await bench.ended()).toMatchObject({ verdict: 'pass' });
  });

  it('takes a crash block that stops in the middle after a short silence', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(errorBlock.slice(0, 150));
    await bench.clock.advance(2000);
    expect(await bench.ended()).toMatchObject({ verdict: 'crash', reason: 'crashBlock' });
    expect(bench.of('crash')[0]?.crash).toMatchObject({
      status: '0x80FF013D',
      message: 'Fault exception',
    });
  });

  it('takes a register dump without a block after a short silence', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(faultDump);
    await bench.clock.advance(2000);
    expect(bench.of('crash')[0]?.crash.message).toBe('Fault exception (HardFault)');
  });

  it('takes the keys of a crash without a block after a shorter one', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(errorKeys);
    await bench.clock.advance(250);
    expect(await bench.ended()).toMatchObject({
      verdict: 'crash',
      message: 'Assertion failed: free > 0',
    });
    expect(bench.of('crash')[0]?.crash).toMatchObject({
      status: 'code 324 module 255',
      location: '0x412',
    });
  });

  it('leaves no timer behind', async () => {
    const bench = new Bench();
    await bench.begin();
    bench.say(end('success'));
    await settled();
    expect(bench.clock.pending).toBe(0);
  });
});
