import { describe, expect, it } from '@jest/globals';
import { createHostTests } from '../host-tests/index.js';
import { HostTestBench } from './support/host-test-bench.js';

describe('the registry', () => {
  it('holds each host test under the name that firmware asks for', () => {
    const tests = createHostTests();
    expect([...tests.keys()].sort()).toEqual([
      'crash_reporting',
      'default',
      'default_auto',
      'dev_null_auto',
      'device_echo',
      'echo',
      'hello_auto',
      'network_bench',
      'pyusb_basic',
      'pyusb_msd',
      'reset_reason',
      'rtc_auto',
      'rtc_calc_auto',
      'rtc_reset',
      'serial_comms',
      'softap_basic',
      'sync_on_reset',
      'system_reset',
      'timing_drift_auto',
      'trng_reset',
      'unexpected_reset',
      'usb_device_hid',
      'usb_device_serial',
      'wait_us_auto',
      'watchdog_reset',
    ]);
    for (const [name, test] of tests) expect(test.name).toBe(name);
  });
});

describe.each(['default_auto', 'default', 'device_echo', 'serial_comms'])('%s', (name) => {
  it('passes on success, fails on anything else and waits for the end', async () => {
    const passing = new HostTestBench(name);
    await passing.say('other', 'success');
    expect(passing.finished).toEqual([]);
    await passing.say('end', 'success');
    expect(passing.verdict).toBe('pass');
    const failing = new HostTestBench(name);
    await failing.say('end', 'failure');
    expect(failing.finished).toEqual([
      { verdict: 'fail', message: 'the firmware ended with "failure"' },
    ]);
  });
});

describe('device_echo', () => {
  it('sends echo and echo_count back unchanged', async () => {
    const bench = new HostTestBench('device_echo');
    await bench.say('echo_count', '2');
    await bench.say('echo', 'a b ');
    await bench.say('other', 'x');
    expect(bench.sent).toEqual([
      ['echo_count', '2'],
      ['echo', 'a b '],
    ]);
  });

  it('fails the board for text that it cannot receive', async () => {
    const bench = new HostTestBench('device_echo');
    await bench.say('echo', 'a|b');
    expect(bench.verdict).toBe('fail');
  });
});

describe('serial_comms', () => {
  it('sends echo_message back and nothing else', async () => {
    const bench = new HostTestBench('serial_comms');
    await bench.say('echo_message', 'Hello');
    await bench.say('echo', 'no');
    expect(bench.sent).toEqual([['echo_message', 'Hello']]);
  });
});

describe('echo', () => {
  it('sends as many different values as the board asks for and passes when all come back', async () => {
    const bench = new HostTestBench('echo');
    await bench.say('echo_count', '3');
    for (let i = 1; i <= 3; i++) {
      expect(bench.verdict).toBeUndefined();
      await bench.say('echo', bench.sent[i]?.[1] ?? '');
    }
    expect(bench.verdict).toBe('pass');
    expect(bench.sent[0]).toEqual(['echo_count', '3']);
    expect(new Set(bench.sent.slice(1).map(([, value]) => value)).size).toBe(3);
  });

  it('fails on the first value that comes back changed', async () => {
    const bench = new HostTestBench('echo');
    await bench.say('echo_count', '3');
    await bench.say('echo', 'something else');
    expect(bench.verdict).toBe('fail');
    expect(bench.finished[0]?.message).toContain('the board returned "something else"');
  });

  it.each(['0', '-1', 'many', '1000000', '1.5'])('fails on the count %j', async (count) => {
    const bench = new HostTestBench('echo');
    await bench.say('echo_count', count);
    expect(bench.verdict).toBe('fail');
    expect(bench.sent).toEqual([]);
  });

  it('leaves echoes alone that it did not ask for', async () => {
    const bench = new HostTestBench('echo');
    await bench.say('echo', 'early');
    expect(bench.finished).toEqual([]);
  });
});

describe('hello_auto', () => {
  it('passes on the greeting only', async () => {
    const right = new HostTestBench('hello_auto');
    await right.say('hello_world', 'Hello World');
    expect(right.verdict).toBe('pass');
    const wrong = new HostTestBench('hello_auto');
    await wrong.say('hello_world', 'Hallo Welt');
    expect(wrong.verdict).toBe('fail');
  });
});

describe('dev_null_auto', () => {
  it('passes when only stdout arrives', async () => {
    const bench = new HostTestBench('dev_null_auto');
    await bench.say('to_stdout', 'x');
    await bench.say('end', 'success');
    expect(bench.verdict).toBe('pass');
  });

  it('passes when nothing follows, for firmware that never ends', async () => {
    const bench = new HostTestBench('dev_null_auto');
    await bench.say('to_stdout', 'x');
    await bench.advance(999);
    expect(bench.finished).toEqual([]);
    await bench.advance(1);
    expect(bench.verdict).toBe('pass');
  });

  it('fails when output for the null device arrives', async () => {
    const bench = new HostTestBench('dev_null_auto');
    await bench.say('to_stdout', 'x');
    await bench.say('to_null', 'x');
    expect(bench.verdict).toBe('fail');
  });

  it('fails when stdout never arrived', async () => {
    const bench = new HostTestBench('dev_null_auto');
    await bench.say('end', 'success');
    expect(bench.verdict).toBe('fail');
  });
});
