import { describe, expect, it } from '@jest/globals';
import { Bench } from './support/bench.js';
import {
  caseFail,
  caseFinish,
  caseList,
  casePass,
  caseStart,
  end,
  errorBlock,
  errorKeys,
  faultDump,
  heap,
} from './support/console-texts.js';

async function bench(text: string): Promise<Bench> {
  const made = new Bench();
  await made.begin();
  made.say(text);
  return made;
}

describe('a failing case', () => {
  it.each([
    [
      '../main.cpp:42::FAIL: Expected 1 Was 2',
      { file: '../main.cpp', line: 42, message: 'Expected 1 Was 2' },
    ],
    [':42::FAIL: Expected 1 Was 2', { line: 42, message: 'Expected 1 Was 2' }],
    ['<greentea test suite>:7::FAIL', { file: '<greentea test suite>', line: 7, message: 'FAIL' }],
    ['C:\\w\\main.cpp:9::FAIL: a::b', { file: 'C:\\w\\main.cpp', line: 9, message: 'a::b' }],
    [
      ">>> failure with reason 'Timed Out' during 'Case Handler'",
      { message: "failure with reason 'Timed Out' during 'Case Handler'" },
    ],
    ['[00:00:01.234][INFO] main.cpp:12::FAIL: no', { file: 'main.cpp', line: 12, message: 'no' }],
    [
      '\u001b[31;1m[ERR ]: ../t/main.cpp:12::FAIL: no\u001b[0m',
      { file: '../t/main.cpp', line: 12, message: 'no' },
    ],
    [
      '2026-11-30T12:00:00.5Z INFO main.cpp:12::FAIL',
      { file: 'main.cpp', line: 12, message: 'FAIL' },
    ],
    ['12:00:00.123 :12::FAIL: no', { line: 12, message: 'no' }],
    [':42::FAIL', { line: 42, message: 'FAIL' }],
    ['Waiting...:42::FAIL: no', { line: 42, message: 'no' }],
    ['checked (see "main.cpp:42::FAIL: no")', { file: 'main.cpp', line: 42, message: 'no")' }],
    [
      '/home/me/my tests/main.cpp:1::FAIL: a',
      { file: '/home/me/my tests/main.cpp', line: 1, message: 'a' },
    ],
  ])('keeps file, line and message of %j', async (line, failure) => {
    const run = await bench(caseFail('a', line) + end('failure'));
    expect(run.of('caseEnd')[0]?.failures).toEqual([failure]);
  });

  it.each(['std::FAIL', 'x:12::FAILURE', 'no::FAIL: line', '12::PASS'])(
    'takes %j for plain text',
    async (line) => {
      const run = await bench(caseFail('a', line) + end('failure'));
      expect(run.of('caseEnd')[0]?.failures).toEqual([
        { message: 'the firmware counted 1 failures and printed no reason' },
      ]);
    },
  );

  it('is named with its first reason in the verdict', async () => {
    const run = await bench(
      caseList('a', 'b') + caseFail('a', 'x.c:3::FAIL: no') + casePass('b') + end('failure'),
    );
    expect((await run.ended()).message).toBe('1 of 2 cases failed: "a"; x.c:3: no');
  });

  it('does not inherit the text of the case before', async () => {
    const run = await bench(
      caseFail('a', ':1::FAIL: first') + caseFail('b', 'nothing') + end('failure'),
    );
    expect(run.of('caseEnd')[1]?.failures[0]?.message).toContain('printed no reason');
  });

  it('keeps at most 50 failures', async () => {
    const run = await bench(caseFail('a', ':1::FAIL: x\r\n'.repeat(500)) + end('failure'));
    expect(run.of('caseEnd')[0]?.failures).toHaveLength(50);
  });
});

describe('a sentence', () => {
  it.each([
    'the docs say main.cpp:12::SKIP: is printed',
    'expected "main.cpp:12::IGNORE"',
    'see main.cpp:12::SKIP',
    'note :12::SKIP: x',
  ])('that quotes an outcome skips nothing: %j', async (line) => {
    const run = await bench(`${caseStart('a')}${line}\r\n${caseFinish('a')}${end('success')}`);
    expect(run.verdicts()).toEqual({ a: 'pass' });
  });

  it.each(['[INFO] main.cpp:12::SKIP: no TRNG', '\u001b[33m:12::SKIP: no TRNG\u001b[0m'])(
    'that is one behind a prefix skips: %j',
    async (line) => {
      const run = await bench(`${caseStart('a')}${line}\r\n${caseFinish('a')}${end('success')}`);
      expect(run.of('caseEnd')[0]).toMatchObject({
        verdict: 'skipped',
        failures: [{ message: 'no TRNG', line: 12 }],
      });
    },
  );
});

describe('a crash', () => {
  it('carries the register dump, the block and what it says', async () => {
    const run = await bench(caseStart('a') + faultDump + errorBlock);
    const [crash] = run.of('crash').map((event) => event.crash);
    expect(crash).toMatchObject({
      message: 'Fault exception (HardFault)',
      status: '0x80FF013D',
      location: '0x412',
      thread: 'main',
      targetName: 'FVP_MPS2_M3',
    });
    expect(crash?.lines[0]).toBe('++ MbedOS Fault Handler ++');
    expect(crash?.lines.at(-1)).toBe('-- MbedOS Error Info --');
  });

  it('is reported before its case ends', async () => {
    const run = await bench(caseStart('a') + errorBlock);
    expect(run.types().slice(-2)).toEqual(['crash', 'caseEnd']);
  });

  it('prefers the block to keys that came first', async () => {
    const run = await bench(errorKeys + errorBlock);
    expect(run.of('crash')[0]?.crash.message).toBe('Fault exception');
  });

  it('keeps a bounded number of lines of a block that never ends', async () => {
    const run = await bench(
      `++ MbedOS Error Info ++\r\nError Status: 0x1 Code: 1 Module: 1\r\n${`${'x'.repeat(5000)}\r\n`.repeat(1000)}`,
    );
    const lines = run.of('crash')[0]?.crash.lines ?? [];
    expect(lines).toHaveLength(400);
    expect(lines[2]).toHaveLength(1000);
  });

  it('wins over a port that vanishes while it is printed', async () => {
    const run = await bench(errorBlock.slice(0, 80));
    run.session.portLost('emulatorExited', 'QEMU ended');
    expect(await run.ended()).toMatchObject({ verdict: 'crash', reason: 'crashBlock' });
  });
});

describe('an unexpected restart', () => {
  it('shows the lines before it', async () => {
    const run = await bench(
      `${caseStart('a')}going down\r\nboot 2\r\n{{__version;1.3.0}}\r\nlater\r\n`,
    );
    const [event] = run.of('crash');
    expect(event?.crash.message).toBe('the board restarted by itself');
    expect(event?.crash.lines.slice(-3)).toEqual(['going down', 'boot 2', '{{__version;1.3.0}}']);
  });
});

describe('metrics', () => {
  it('are read from heap and thread messages of both shapes', async () => {
    const run = await bench(
      `${heap}{{__thread_info;"0x020001234",512,4096}}\r\n{{__thread_info;"main","0x20001234",300,2048}}\r\n${end('success')}`,
    );
    expect(
      run
        .of('metric')
        .map(({ metric }) => [metric.name, metric.value, metric.unit, metric.direction]),
    ).toEqual([
      ['max_heap_usage', 1024, 'bytes', 'lower'],
      ['reserved_heap', 65536, 'bytes', 'none'],
      ['thread.0x020001234.stack_used', 512, 'bytes', 'lower'],
      ['thread.0x020001234.stack_size', 4096, 'bytes', 'none'],
      ['thread.main.stack_used', 300, 'bytes', 'lower'],
      ['thread.main.stack_size', 2048, 'bytes', 'none'],
    ]);
  });

  it('of a test belong to the case that runs, with fractions, and repeats are kept', async () => {
    const run = await bench(
      `${caseStart('a')}{{metric;switch;118.25;cycles;lower}}{{metric;switch;-1.5e-3;cycles;lower;noisy}}${caseFinish('a')}{{metric;size;11264;bytes;none;exact}}${end('success')}`,
    );
    const switched = { name: 'switch', unit: 'cycles', direction: 'lower', caseName: 'a' };
    expect(run.of('metric').map(({ metric }) => metric)).toEqual([
      { ...switched, value: 118.25 },
      { ...switched, value: -0.0015, kind: 'noisy' },
      { name: 'size', value: 11264, unit: 'bytes', direction: 'none', kind: 'exact' },
    ]);
  });

  it.each([
    ['{{metric;a;NaN;us;lower}}', 'value: expected a finite number'],
    ['{{metric;a;Infinity;us;lower}}', 'value: expected a finite number'],
    ['{{metric;a;1e999;us;lower}}', 'value: expected a finite number'],
    ['{{metric;a;0x10;us;lower}}', 'value: expected a finite number'],
    ['{{metric;a;1;furlongs;lower}}', 'unit: expected ns, us'],
    ['{{metric;a;1;us;sideways}}', 'direction: expected lower, higher, none'],
    ['{{metric;a;1;us;lower;vague}}', 'kind: expected exact'],
    ['{{metric;a;1;us}}', 'expected name;value;unit;direction'],
    ['{{metric;a;b;1;us;lower;exact}}', 'expected name;value;unit;direction'],
    ['{{metric;;1;us;lower}}', 'name: expected printable text'],
    [`{{metric;${'n'.repeat(121)};1;us;lower}}`, 'name: 121 characters'],
    [`{{metric;${'n'.repeat(1_000_000)};1;us;lower}}`, '1000011 characters'],
  ])('leave out %.40s with the reason, and the run passes', async (text, why) => {
    const run = await bench(text + end('success'));
    expect(run.of('metric')).toEqual([]);
    expect(run.of('note').map((note) => note.text)).toEqual([expect.stringContaining(why)]);
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
  });

  it('are bounded in number, and the run says so', async () => {
    const run = await bench('{{metric;a;1;us;lower}}\n'.repeat(5000) + end('success'));
    expect(run.of('metric')).toHaveLength(1000);
    expect(run.of('note').map((note) => note.text)).toEqual([
      expect.stringContaining('only the first 1000 metrics'),
    ]);
  });

  it.each([
    '{{max_heap_usage;lots}}',
    '{{__thread_info;x}}',
    '{{reserved_heap;99999999999999999999}}',
  ])('leave out %s and say so', async (text) => {
    const run = await bench(text + end('success'));
    expect(run.of('metric')).toEqual([]);
    expect(run.of('note')[0]?.text).toContain('unreadable metric');
  });
});

describe('a flood', () => {
  it('of cases is cut to a bounded number of events', async () => {
    const run = await bench((caseStart('a') + caseFinish('a')).repeat(12_000));
    expect(run.of('caseEnd')).toHaveLength(10_000);
    expect(run.of('note').at(-1)?.text).toContain('only the first 10000');
  });

  it('of names lists a bounded number', async () => {
    const names = Array.from(
      { length: 3000 },
      (_, i) => `{{__testcase_name;${'n'.repeat(300)}${i}}}{{__testcase_name;${i}}}`,
    );
    const run = await bench(names.join('\n') + caseStart('1'));
    expect(run.of('casesListed')[0]?.names).toHaveLength(2000);
  });

  it('of damaged messages leaves a bounded number of notes', async () => {
    const run = await bench('{{__testcase_finish;x}}\n'.repeat(5000));
    expect(run.of('note')).toHaveLength(200);
  });
});

describe('the end of a session', () => {
  it('comes once, whatever happens after', async () => {
    const run = await bench(end('success'));
    const ended = await run.ended();
    const events = run.events.length;
    run.say(errorBlock);
    run.session.portLost('consoleLost', 'late');
    run.session.cancel('late');
    await run.clock.advance(1_000_000);
    expect(run.events).toHaveLength(events);
    expect(await run.session.ended).toBe(ended);
  });

  it('by cancelling cancels the running case and blocks the rest', async () => {
    const run = await bench(caseList('a', 'b') + caseStart('a'));
    run.session.cancel('asked by a person');
    expect(await run.ended()).toEqual({
      verdict: 'cancelled',
      reason: 'cancelled',
      message: 'asked by a person',
    });
    expect(run.verdicts()).toEqual({ a: 'cancelled', b: 'blocked' });
  });

  it('by a lost port is infrastructure', async () => {
    const run = await bench(caseStart('a'));
    run.session.portLost('consoleLost', 'the port is gone');
    expect(await run.ended()).toEqual({
      verdict: 'infra',
      reason: 'consoleLost',
      message: 'the port is gone',
    });
    expect(run.verdicts()).toEqual({ a: 'infra' });
  });

  it('by too much output is the fault of the firmware', async () => {
    const run = await bench(caseStart('a'));
    run.session.portLost('outputLimit', 'over 256 MiB');
    expect(await run.ended()).toMatchObject({ verdict: 'fail', reason: 'outputLimit' });
  });

  it('without a reason says how the firmware ended', async () => {
    const run = await bench(end('failure'));
    expect((await run.ended()).message).toBe('the firmware ended with "failure"');
  });
});
