import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { HostTestContext } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lendInstruments } from '../../src/drivers/instruments.js';
import { MAX_OUTPUT_NOTES } from '../../src/python-host-test/output-notes.js';
import { PythonHostTestSession } from '../../src/python-host-test/python-host-test-session.js';
import { caseStart, end } from '../greentea/support/console-texts.js';
import { settled } from '../greentea/support/manual-clock.js';
import { notesOf, PYTHON, PythonLab, written } from './support/python-lab.js';

let lab: PythonLab;
beforeEach(() => {
  lab = new PythonLab();
});
afterEach(async () => {
  await lab.close();
});

/** The body of a callback for the message `now`. */
const onNow = (body: string): string => `
import os, sys, time

class Faulty(BaseHostTest):
    @event_callback('now')
    def _now(self, key, value, timestamp):
${body.trim().replace(/^/gm, '        ')}
`;

/** Runs the body when the message comes, and answers how the run ended. */
async function fault(body: string) {
  const run = await lab.run(onNow(body));
  run.say(`${caseStart('a')}{{now;1}}\r\n`);
  return { ...(await run.session.ended), cases: run.verdicts(), notes: notesOf(run) };
}

/** Writes to the descriptor on which the messages to the agent go out. */
const writesToAgent = (what: string): string => `os.write(4, ${what})`;

/** Keeps what a host test sends and how it judges. */
function recordingContext(calls: string[]): HostTestContext {
  const done = (): Promise<void> => Promise.resolve();
  return {
    send: async (key, value) => void calls.push(`${key};${value}`),
    finish: (verdict) => void calls.push(verdict),
    giveUp: (cause) => void calls.push(cause.message),
    note: (text) => void calls.push(text),
    metric: ({ name }) => void calls.push(name),
    resetBoard: done,
    expectReset: () => undefined,
    expectCrash: () => undefined,
    resync: done,
    delay: done,
    nowUs: () => 0,
    leftMs: () => 10_000,
    instruments: lendInstruments([]).instruments,
    config: { target: 'SAMPLE', resetDelayMs: 0 },
  };
}

describe('a Python host test that is at fault', () => {
  it.each<[string, string, RegExp]>([
    [
      'raises',
      "raise ValueError('bö')",
      /the callback for 'now' raised ValueError: bö\n[\s\S]*sample\.py", line \d+, in _now/,
    ],
    ['leaves by sys.exit', 'sys.exit(3)', /raised SystemExit: 3/],
    [
      'ends its process',
      "print('last words', flush=True); os._exit(7)",
      /ended with code 7; last words/,
    ],
    ['kills its process', 'os.kill(os.getpid(), 11)', /ended with signal SIGSEGV/],
    [
      'closes every descriptor',
      'os.closerange(0, 100)',
      /closed its output|ended with code|raised OSError/,
    ],
    [
      'writes garbage to the agent',
      writesToAgent("b'garbage\\n'"),
      /it wrote "garbage" where messages to the agent belong/,
    ],
    [
      'writes wrong messages to the agent',
      writesToAgent(`b'{"type":"send","key":1,"value":"x"}\\n'`),
      /key: /,
    ],
    [
      'is done with what it was not asked',
      writesToAgent(`b'{"type":"done","id":99}\\n'`),
      /order 99/,
    ],
    [
      'floods the agent without a line end',
      writesToAgent("b'x' * 300000"),
      /a line of more than 131072 characters/,
    ],
    [
      'sends what no board can read',
      "self.send_kv('key', 'wörld')",
      /cannot send the value "wörld"/,
    ],
    ['sends nothing', "self.send_kv('key', '')", /cannot send the value "": it is empty/],
    ['sends too much', "self.send_kv('key', 'x' * 5000)", /at most 4096 characters/],
    ['lost its connection', "self.notify_conn_lost('port gone')", /lost its connection: port gone/],
    [
      'takes another number of arguments',
      "self.register_callback('x', lambda key: None)",
      /must take \(key, value, timestamp\)/,
    ],
    ['registers a reserved key', "self.register_callback('__sync', print)", /'__sync' is reserved/],
    [
      'raises after its verdict',
      'self.notify_complete(True); raise KeyError(1)',
      /raised KeyError: 1/,
    ],
  ])('that %s ends the run as infra with evidence', async (_, body, message) => {
    const ended = await fault(body);
    expect(ended).toMatchObject({
      verdict: 'infra',
      reason: 'hostTestError',
      cases: { a: 'infra' },
    });
    expect(ended.message).toMatch(message);
  });

  it.each([
    [
      'when it is made',
      'def __init__(self):\n        raise OSError("no probe")',
      /setup raised OSError: no probe/,
    ],
    ['when it is set up', 'def setup(self):\n        self.sertup()', /setup raised AttributeError/],
    [
      'when it is asked for its result',
      'def result(self):\n        return 1 / 0',
      /result raised ZeroDivisionError/,
    ],
  ])('that raises %s ends the run as infra', async (_, method, message) => {
    const run = await lab.run(`class Faulty(BaseHostTest):\n    ${method}\n`);
    run.say('{{__exit;0}}\r\n');
    const ended = await run.session.ended;
    expect(ended).toMatchObject({ verdict: 'infra', reason: 'hostTestError' });
    expect(ended.message).toMatch(message);
  });

  it('cannot take back a failure in the same callback', async () => {
    const run = await lab.run(onNow('self.notify_complete(False)\nself.notify_complete(True)'));
    run.say('{{now;1}}\r\n');
    expect(await run.session.ended).toMatchObject({ verdict: 'fail' });
  });

  it('is asked nothing more after its verdict', async () => {
    const file = lab.write(
      'twice.py',
      `
from mbed_host_tests import BaseHostTest, event_callback

class Twice(BaseHostTest):
    @event_callback('now')
    def _now(self, key, value, timestamp):
        self.notify_complete(value == '1')
        self.send_kv('heard', value)
`,
    );
    const calls: string[] = [];
    const context = recordingContext(calls);
    const place = { name: 'twice', file, attribute: 'Twice' };
    const session = new PythonHostTestSession(context, PYTHON, () => Promise.resolve(place));
    for (const value of ['1', '2']) await session.onMessage({ key: 'now', value, atUs: 0 });
    await session.onExit();
    await session.end();
    expect(calls).toEqual(['heard;1', 'pass']);
  });

  it.each([
    ['teardown(self):\n        raise OSError("stuck")', /teardown raised OSError: stuck/],
    [
      'teardown(self):\n        import time; time.sleep(1000)',
      /end of teardown\(\): nothing within 5000 ms/,
    ],
  ])('keeps its verdict when it has def %j', async (method, message) => {
    const run = await lab.run(`class Leaves(BaseHostTest):\n    def ${method}\n`);
    run.say(end('success'));
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
    expect(notesOf(run)).toEqual([expect.stringMatching(message)]);
  });

  it('is torn down although a callback sleeps when the run ends', async () => {
    const run = await lab.run(`
import time

class Sleeps(BaseHostTest):
    @event_callback('now')
    def _now(self, key, value, timestamp):
        self.send_kv('going', 'to sleep')
        try:
            time.sleep(1000)
        except Exception:
            self.log('nobody may catch this')

    def teardown(self):
        open('torn-down', 'w').close()
`);
    const asleep = written(run, '{{going;to sleep}}\n');
    run.say('{{now;1}}\r\n');
    await asleep;
    run.session.cancel('enough');
    expect(await run.session.ended).toMatchObject({ verdict: 'cancelled' });
    expect([lab.read('torn-down'), notesOf(run)]).toEqual(['', []]);
  });

  it('is killed with all that it has started', async () => {
    const server = createServer().listen(join(lab.folder, 'socket'));
    await once(server, 'listening');
    const connected = once(server, 'connection');
    const run = await lab.run(
      onNow(`
ready, connected = os.pipe()
if os.fork() == 0:
    import socket
    alive = socket.socket(socket.AF_UNIX)
    alive.connect('socket')
    os.write(connected, b'x')
    time.sleep(1000)
os.read(ready, 1)
os._exit(0)`),
    );
    run.say('{{now;1}}\r\n');
    const [socket] = await connected;
    // Its end of the socket closes when it is gone.
    const gone = once(socket, 'close');
    socket.resume();
    expect(await run.session.ended).toMatchObject({ verdict: 'infra', reason: 'hostTestError' });
    await gone;
    server.close();
  });

  it('may sleep while the board floods the console', async () => {
    const server = createServer().listen(join(lab.folder, 'socket'));
    await once(server, 'listening');
    const connected = once(server, 'connection');
    const run = await lab.run(`
import socket

class Slow(BaseHostTest):
    count = 0
    in_order = True

    @event_callback('line')
    def _line(self, key, value, timestamp):
        if self.count == 0:
            asleep = socket.socket(socket.AF_UNIX)
            asleep.connect('socket')
            asleep.recv(1)
        self.in_order = self.in_order and int(value) == self.count
        self.count += 1

    @event_callback('end')
    def _end(self, key, value, timestamp):
        self.notify_complete(self.in_order and self.count == 2000)
`);
    const say = (i: number) => run.say(`{{line;${i}}}\r\nsome text that nobody reads\r\n`);
    say(0);
    const [asleep] = await connected;
    for (let i = 1; i < 2000; i++) say(i);
    run.say(end('success'));
    asleep.end();
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
    server.close();
  });

  it('leaves no more notes than a record should hold', async () => {
    const run = await lab.run(
      onNow(
        "for i in range(10000): self.log('line %d' % i); print('x' * 1000)\nself.notify_complete(True)",
      ),
    );
    run.say('{{now;1}}\r\n');
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
    expect(notesOf(run)).toHaveLength(MAX_OUTPUT_NOTES + 1);
  });

  it('knows nothing of the agent’s secrets', async () => {
    process.env.GREENRACK_AGENT_TOKEN = 'grk_secret';
    try {
      const run = await lab.run(`
import os

class Curious(BaseHostTest):
    def setup(self):
        self.log(','.join(name for name in os.environ if 'GREENRACK' in name or 'TOKEN' in name) or 'nothing')
`);
      run.say(end('success'));
      await run.session.ended;
      expect(notesOf(run)).toEqual(['nothing']);
    } finally {
      delete process.env.GREENRACK_AGENT_TOKEN;
    }
  });

  it('leaves no process when the run ends before it was started', async () => {
    const run = await lab.run(
      'class Never(BaseHostTest):\n    def setup(self):\n        open("set-up", "w")\n',
    );
    run.session.cancel('enough');
    expect(await run.session.ended).toMatchObject({ verdict: 'cancelled' });
    await settled();
    expect(() => lab.read('set-up')).toThrow('ENOENT');
  });
});

describe('numbers of a Python host test', () => {
  it('are recorded, and those that can be none are noted with the reason', async () => {
    const run = await lab.run(
      onNow(`
self.report_metric('drift', 1.25, 'us', 'lower')
self.report_metric('packets', 12, 'count', 'higher', 'exact')
self.report_metric('lost', float('nan'), 'us')
self.report_metric('x' * 5000, 1, 'us')
self.notify_complete(True)`),
    );
    run.say('{{now;1}}\r\n');
    run.say(end('success'));
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
    expect(run.of('metric').map(({ metric }) => metric)).toEqual([
      { name: 'drift', value: 1.25, unit: 'us', direction: 'lower' },
      { name: 'packets', value: 12, unit: 'count', direction: 'higher', kind: 'exact' },
    ]);
    expect(notesOf(run)).toEqual([
      expect.stringContaining('value: expected a finite number, got "nan"'),
      expect.stringContaining('name: 4096 characters, over 120'),
    ]);
  });
});
