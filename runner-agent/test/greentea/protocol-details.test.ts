import type { HostTest } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { BANNER, Bench, handshake } from './support/bench.js';
import {
  caseFinish,
  caseList,
  caseStart,
  end,
  errorBlock,
  errorKeys,
} from './support/console-texts.js';
import { settled } from './support/manual-clock.js';

const hostTest = (start: HostTest['start'], needs?: string[]): HostTest =>
  needs ? { name: 'sample', start, needs } : { name: 'sample', start };
const finishing: HostTest['start'] = (context) => ({
  onMessage: ({ key }) => {
    if (key === 'end') context.finish('pass', '');
  },
});

async function bench(test: HostTest, timeoutS = 10): Promise<Bench> {
  const run = new Bench({ extraHostTests: [test] });
  await run.begin('sample', timeoutS);
  run.wire.length = 0;
  return run;
}

describe('the reason of a failure', () => {
  it('is taken from the line that counts when nothing else names one', async () => {
    const run = new Bench();
    await run.begin();
    run.say(
      `${caseList('a')}${caseStart('a')}{{__testcase_finish;a;0;1}}\r\n>>> 'a': 0 passed, 1 failed with reason 'Test Case is Empty'\r\n`,
    );
    expect(run.of('caseEnd')[0]?.failures).toEqual([{ message: 'Test Case is Empty' }]);
  });

  it('is kept when the counting line only repeats that it failed', async () => {
    const run = new Bench();
    await run.begin();
    run.say(
      `${caseList('a')}${caseStart('a')}:7::FAIL: x\r\n{{__testcase_finish;a;0;1}}\r\n>>> 'a': 0 passed, 1 failed with reason 'Assertion Failed'\r\n`,
    );
    expect(run.of('caseEnd')[0]?.failures).toEqual([{ message: 'x', line: 7 }]);
  });

  it('is the one of the suite when no case failed', async () => {
    const run = new Bench();
    await run.begin();
    run.say(
      `>>> Test cases: 0 passed, 0 failed with reason 'Test Setup Failed'\r\n${end('failure')}`,
    );
    expect(await run.ended()).toMatchObject({
      verdict: 'fail',
      message: expect.stringMatching(/failure": Test Setup Failed$/),
    });
  });

  it('does not hold back the end of a case', async () => {
    const run = new Bench();
    await run.begin();
    run.say(`${caseList('a', 'b')}${caseStart('a')}${caseFinish('a', 0, 1)}${caseStart('b')}`);
    expect(run.types().slice(-3)).toEqual(['caseBegin', 'caseEnd', 'caseBegin']);
  });
});

describe('numbers', () => {
  it('of threads are read in both shapes, with commas in a name', async () => {
    const run = new Bench();
    await run.begin();
    run.say(
      '{{__thread_info;"0x020001234",512,4096}}{{__thread_info;"main, idle","0x20001234",96,1024}}',
    );
    expect(run.of('metric').map(({ metric }) => [metric.name, metric.value])).toEqual([
      ['thread.0x020001234.stack_used', 512],
      ['thread.0x020001234.stack_size', 4096],
      ['thread.main, idle.stack_used', 96],
      ['thread.main, idle.stack_size', 1024],
    ]);
  });
});

describe('a coverage dump', () => {
  const line = `{{__coverage_start;/b/main.gcda;67636461${'.'.repeat(100_000)}}}\r\n`;

  it('is counted and pointed at', async () => {
    const run = new Bench();
    await run.begin();
    run.say(`${line}${end('success')}`);
    expect(run.of('note').at(-1)?.text).toContain('1 coverage files (100004 bytes of .gcda)');
  });

  it('takes its time without spending the test budget', async () => {
    const run = new Bench();
    await run.begin('default_auto', 10);
    for (let at = 0; at < line.length; at += 10_000) {
      await run.clock.advance(5000);
      run.say(line.slice(at, at + 10_000));
    }
    expect(run.end).toBeUndefined();
    await run.clock.advance(9000);
    run.say(end('success'));
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
  });

  it('that falls silent ends the run', async () => {
    const run = new Bench();
    await run.begin('default_auto', 10);
    run.say(line);
    await run.clock.advance(10_000);
    await run.leaveUnanswered();
    expect(await run.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });

  it('does not outlast what the run may take at all', async () => {
    const run = new Bench({ timing: { runTimeoutMs: 20_000 } });
    await run.begin('default_auto', 10);
    for (let i = 0; i < 5; i++) {
      run.say(line);
      await run.clock.advance(4000);
    }
    await run.leaveUnanswered();
    expect(await run.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });
});

describe('a planned crash', () => {
  const crasher = hostTest((context) => ({
    onMessage: ({ key }) => {
      if (key === 'ready') context.expectCrash();
      if (key === 'alive') context.finish('pass', '');
    },
  }));

  it('is noted, and the test goes on after the restart', async () => {
    const run = await bench(crasher);
    run.say(`{{ready;0}}\r\n${errorBlock}${errorKeys}${BANNER}`);
    run.say(
      '= System will be rebooted due to a fatal error =\r\n{{__version;1.3.0}}\r\n{{alive;0}}\r\n',
    );
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
    expect(run.of('crash')).toEqual([]);
    expect(run.of('note')[0]?.text).toContain('Fault exception');
  });

  it('whose report never ends is a hang when the time is up', async () => {
    const run = await bench(crasher, 10);
    await run.clock.advance(9000);
    run.say('{{ready;0}}\r\n++ MbedOS Error Info ++\r\n');
    await run.clock.advance(1000);
    await run.leaveUnanswered();
    expect(await run.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });

  it('does not hide that the console is lost', async () => {
    const run = await bench(crasher);
    run.say('{{ready;0}}\r\n++ MbedOS Error Info ++\r\n');
    run.session.portLost('consoleLost', 'unplugged');
    expect(await run.ended()).toMatchObject({ verdict: 'infra', reason: 'consoleLost' });
  });

  it('covers one crash only', async () => {
    const run = await bench(crasher);
    run.say(`{{ready;0}}\r\n${errorBlock}\r\n${errorBlock}`);
    expect(await run.ended()).toMatchObject({ verdict: 'crash' });
  });
});

describe('a new handshake in the middle of a test', () => {
  const resyncing = hostTest((context) => ({
    onMessage: async ({ key }) => {
      if (key === 'reset') {
        context.expectReset();
        await context.resync('0');
        await context.send('go', 'on');
      }
      if (key === 'end') context.finish('pass', '');
    },
  }));

  it('waits for the echo before the test goes on', async () => {
    const run = await bench(resyncing);
    run.say('{{reset;0}}\r\n');
    await settled();
    expect(run.wire).toEqual([`${'mbed'.repeat(10)}{{__sync;0}}\n`]);
    run.say(
      '{{__sync;0}}\r\n{{__version;1.3.0}}\r\n{{__timeout;10}}\r\n{{__host_test_name;sample}}\r\n',
    );
    await settled();
    expect(run.wire.at(-1)).toBe('{{go;on}}\n');
    run.say(end('success'));
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
  });

  it('is asked for again until the firmware answers', async () => {
    const run = await bench(resyncing);
    run.say('{{reset;0}}\r\n');
    await run.clock.advance(1000);
    expect(run.wire).toHaveLength(2);
    run.say('{{__sync;0}}\r\n');
    await run.clock.advance(5000);
    expect(run.wire.filter((text) => text.includes('__sync'))).toHaveLength(2);
  });

  it('that nobody answers ends the run as a hang', async () => {
    const run = await bench(resyncing);
    run.say('{{reset;0}}\r\n');
    await run.clock.advance(3000);
    expect(await run.ended()).toMatchObject({ verdict: 'hang', reason: 'syncFailed' });
  });

  it('does not set the budget anew', async () => {
    const run = await bench(resyncing, 10);
    await run.clock.advance(9000);
    run.say(
      `{{reset;0}}\r\n${handshake(1, 'sample', 60).replace(/\{\{__sync;[^}]+\}\}/, '{{__sync;0}}')}`,
    );
    await run.clock.advance(1000);
    await run.leaveUnanswered();
    expect(await run.ended()).toMatchObject({ verdict: 'hang', reason: 'timeout' });
  });
});

describe('a host test that needs a fixture', () => {
  it('is blocked with that reason when the board lacks it', async () => {
    const test = hostTest(finishing, ['usb-device', 'wifi-station']);
    const run = new Bench({ extraHostTests: [test], fixtures: ['usb-device:2-1.4'] });
    await run.begin('sample');
    const message = expect.stringContaining('needs wifi-station wired');
    expect(await run.ended()).toMatchObject({
      verdict: 'blocked',
      reason: 'fixtureMissing',
      message,
    });
  });

  it('runs when the board has it, whatever its parameters', async () => {
    const test = hostTest(finishing, ['loopback']);
    const run = new Bench({ extraHostTests: [test], fixtures: ['loopback:D2-D3'] });
    await run.begin('sample');
    run.say(end('success'));
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
  });
});

describe('a board that is deaf after a reset', () => {
  it('is asked when it reads its console', async () => {
    const run = new Bench({ timing: { resetDelayMs: 3000 } });
    run.session.start();
    await run.clock.advance(2999);
    expect(run.wire).toEqual([]);
    await run.clock.advance(1);
    expect(run.wire).toHaveLength(1);
    await run.clock.advance(1000);
    expect(run.wire).toEqual([run.wire[0], '<reset>']);
    await run.clock.advance(3000);
    expect(run.wire).toHaveLength(3);
  });
});
