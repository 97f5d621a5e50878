import { describe, expect, it } from '@jest/globals';
import { HostTestBench } from './support/host-test-bench.js';

describe('system_reset', () => {
  it('passes when the board is ready again after its reset', async () => {
    const bench = new HostTestBench('system_reset');
    await bench.say('ready');
    expect(bench.wire).toEqual(['<expects reset>', 'reset;0', '<expects reset>', '<sync 0>']);
    expect(bench.verdict).toBeUndefined();
    await bench.say('ready');
    expect(bench.verdict).toBe('pass');
  });

  it('leaves a failure to the firmware', async () => {
    const bench = new HostTestBench('system_reset');
    await bench.say('end', 'failure');
    expect(bench.verdict).toBe('fail');
  });
});

describe('sync_on_reset', () => {
  it('leads on to the case after the one that restarted', async () => {
    const bench = new HostTestBench('sync_on_reset');
    await bench.say('ready');
    await bench.say('reset_on_case_teardown', '0');
    await bench.say('ready');
    await bench.say('reset_on_case_teardown', '4');
    await bench.say('ready');
    expect(bench.sent.map(([, value]) => value)).toEqual(['0', '1', '5']);
    expect(bench.wire.filter((what) => what === '<sync 0>')).toHaveLength(2);
    await bench.say('end', 'success');
    expect(bench.verdict).toBe('pass');
  });

  it('fails a board whose case is no number', async () => {
    const bench = new HostTestBench('sync_on_reset');
    await bench.say('reset_on_case_teardown', 'two');
    expect(bench.message).toBe('reset_on_case_teardown is no whole number: "two"');
  });
});

describe('watchdog_reset', () => {
  it('tells the board after an announced reset that it came in time', async () => {
    const bench = new HostTestBench('watchdog_reset');
    await bench.say('ready');
    await bench.say('dev_reset', '01,3e8');
    expect(bench.wire).toEqual(['start_case;00,ffffffff', '<expects reset>']);
    await bench.advance(999);
    expect(bench.wire).not.toContain('<sync 0>');
    await bench.advance(1);
    expect(bench.wire.at(-1)).toBe('<sync 0>');
    await bench.say('ready');
    expect(bench.sent.at(-1)).toEqual(['start_case', '01,fffffffe']);
  });

  it('measures how long the board lived by its heartbeats', async () => {
    const bench = new HostTestBench('watchdog_reset', { target: 'X', resetDelayMs: 500 });
    await bench.say('ready');
    for (const us of ['0', '7a120', '1e8480']) {
      await bench.say('hb', `02,${us}`);
      await bench.advance(400);
    }
    await bench.advance(2599);
    expect(bench.wire).not.toContain('<sync 0>');
    await bench.advance(1);
    expect(bench.wire.filter((what) => what === '<sync 0>')).toHaveLength(1);
    await bench.say('ready');
    expect(bench.sent.at(-1)).toEqual(['start_case', '02,000007d0']);
  });

  it('tells the board when one beat was all', async () => {
    const bench = new HostTestBench('watchdog_reset');
    await bench.say('hb', '03,1');
    await bench.advance(2500);
    await bench.say('ready');
    expect(bench.sent).toEqual([['start_case', '03,00000000']]);
  });

  it.each([
    ['dev_reset', '1'],
    ['hb', 'x,y'],
    ['hb', '1,2,3'],
  ])('fails on %s;%s', async (key, value) => {
    const bench = new HostTestBench('watchdog_reset');
    await bench.say(key, value);
    expect(bench.verdict).toBe('fail');
  });
});

describe('reset_reason', () => {
  /** A chip that tells software (bit 3), pin (1) and watchdog (4) resets. */
  async function play(
    caps: string,
    reasons: [raw: string, reason: string][],
  ): Promise<HostTestBench> {
    const bench = new HostTestBench('reset_reason');
    const answer = async (key: string, value: string) => {
      await bench.say(key, value);
    };
    await answer('ready', caps);
    await answer('reason', 'ack');
    for (const [raw, reason] of reasons) {
      if (bench.sent.at(-1)?.[0] === 'reset') await answer('reset', 'ack');
      await answer('ready', caps);
      await answer('reason_raw', raw);
      await answer('reason', reason);
      await answer('reason', 'ack');
    }
    await bench.handled();
    return bench;
  }

  it('causes every reset that the chip can tell, in order', async () => {
    const bench = await play('0000001a,1', [
      ['1', '3'],
      ['2', '1'],
      ['4', '4'],
    ]);
    expect(bench.message).toBe('reset reasons tried: SOFTWARE, PIN_RESET, WATCHDOG');
    expect(bench.wire.filter((what) => /^reset;|^<reset>|^<sync/.test(what))).toEqual([
      'reset;nvic',
      '<sync 0>',
      '<reset>',
      '<sync 0>',
      'reset;watchdog',
      '<sync 0>',
    ]);
  });

  it('leaves out what the chip cannot tell, and the watchdog that it lacks', async () => {
    const bench = await play('00000012,0', [['2', '1']]);
    expect(bench.message).toBe('reset reasons tried: PIN_RESET');
  });

  it('fails on another reason than the one it caused', async () => {
    const bench = await play('00000008,0', [['1', '7']]);
    expect(bench.finished).toEqual([
      { verdict: 'fail', message: 'after a reset of kind SOFTWARE (3) the board says 7' },
    ]);
  });

  it('fails on a raw value that stands for two reasons', async () => {
    const bench = await play('0000000a,0', [
      ['1', '3'],
      ['1', '1'],
    ]);
    expect(bench.message).toBe('raw reset reason 0x1 stands for 3 and for 1');
  });

  it('lets a probe reset the core where it cannot reach the pin', async () => {
    const asSoftware = await play('0000000a,0', [
      ['1', '3'],
      ['1', '3'],
    ]);
    expect(asSoftware.verdict).toBe('pass');
    const untold = await play('00000002,0', [['0', '11']]);
    expect(untold.verdict).toBe('pass');
    const notKnown = await play('0000000a,0', [
      ['1', '3'],
      ['0', '11'],
    ]);
    expect(notKnown.message).toBe('after a reset of kind PIN_RESET (1 or 3) the board says 11');
  });
});

describe('rtc_reset', () => {
  async function play(beforeS: number, afterS: number): Promise<HostTestBench> {
    const bench = new HostTestBench('rtc_reset');
    await bench.say('start', '1');
    await bench.say('ack');
    await bench.say('ack');
    await bench.say('read', String(beforeS));
    await bench.say('ack');
    await bench.advance(5000);
    await bench.say('start', '1');
    await bench.say('ack');
    await bench.say('read', String(afterS));
    return bench;
  }

  it('takes a clock that goes on over the reset', async () => {
    const bench = await play(1_537_789_823, 1_537_789_829);
    expect(bench.wire).toEqual([
      'init;0',
      'write;1537789823',
      'read;0',
      'free;0',
      'reset;0',
      '<expects reset>',
      '<sync 00000000-0000-000000000-000000000000>',
      'init;0',
      'read;0',
      'exit;pass',
    ]);
    expect(bench.verdict).toBeUndefined();
    await bench.say('end', 'success');
    expect(bench.verdict).toBe('pass');
  });

  it.each([
    [1_537_789_900, 1_537_789_910, 'the clock was set to 1537789823 and says 1537789900'],
    [
      1_537_789_823,
      1_537_789_826,
      'over a reset of 5 s the clock went from 1537789823 to 1537789826',
    ],
  ])('fails a clock that says %i and then %i', async (beforeS, afterS, message) => {
    const bench = await play(beforeS, afterS);
    expect(bench.finished).toEqual([{ verdict: 'fail', message }]);
    expect(bench.sent.at(-1)).toEqual(['exit', 'fail']);
  });
});

describe('trng_reset', () => {
  it('carries the random bytes over a reset', async () => {
    const bench = new HostTestBench('trng_reset');
    await bench.say('ready');
    await bench.say('buffer', 'c29tZSBieXRlcw==');
    await bench.say('ready');
    await bench.say('Test_suite_ended');
    expect(bench.wire).toEqual([
      'check_step1;0',
      '<reset>',
      '<sync 0>',
      'check_step2;c29tZSBieXRlcw==',
      'exit;0',
    ]);
  });

  it('fails a board whose bytes it could not read back', async () => {
    const bench = new HostTestBench('trng_reset');
    await bench.say('ready');
    await bench.say('buffer', 'a|b');
    await bench.say('ready');
    expect(bench.verdict).toBe('fail');
  });
});

describe('crash_reporting', () => {
  it('passes when the board comes back by itself', async () => {
    const bench = new HostTestBench('crash_reporting');
    await bench.say('crash_reporting_ready');
    expect(bench.wire).toEqual(['<expects crash>', 'crash_reporting_inject_error;0']);
    expect(bench.verdict).toBeUndefined();
    await bench.say('crash_reporting_ready');
    expect(bench.verdict).toBe('pass');
  });
});

describe('unexpected_reset', () => {
  it('resets the board 20 times, each time 20 ms later, and lets it judge', async () => {
    const bench = new HostTestBench('unexpected_reset');
    await bench.say('start');
    await bench.say('format_done');
    for (let round = 0; round < 20; round++) {
      const before = bench.wire.length;
      await bench.advance(999 + 20 * round);
      expect(bench.wire).toHaveLength(before);
      await bench.advance(1);
      expect(bench.wire.slice(before)).toEqual([
        '<reset>',
        '<sync 00000000-0000-000000000-000000000000>',
      ]);
      await bench.say('start');
    }
    expect(bench.sent.at(-1)).toEqual(['exit', 'pass']);
    await bench.say('end', 'success');
    expect(bench.verdict).toBe('pass');
  });

  it('fails on a break in the sequence', async () => {
    const bench = new HostTestBench('unexpected_reset');
    await bench.say('start');
    await bench.say('format_failed');
    expect(bench.message).toBe('expected format_done, the board sent format_failed');
  });
});
