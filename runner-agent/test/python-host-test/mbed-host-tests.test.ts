import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { handshake } from '../greentea/support/bench.js';
import { end } from '../greentea/support/console-texts.js';
import { notesOf, PythonLab, written } from './support/python-lab.js';

let lab: PythonLab;
beforeEach(() => {
  lab = new PythonLab();
});
afterEach(async () => {
  await lab.close();
});

const PING_PONG = `
class PingPong(BaseHostTest):
    """Sends numbers and wants each of them back."""
    ROUNDS = 3

    def __init__(self):
        super(PingPong, self).__init__()
        self.back = []

    def setup(self):
        self.register_callback('rounds', self.on_rounds)
        self.register_callback('pong', self.on_pong)

    def on_rounds(self, key, value, timestamp):
        self.send_kv('ping', 0)

    def on_pong(self, key, value, timestamp):
        self.back.append(int(value))
        if len(self.back) < self.ROUNDS:
            self.send_kv('ping', len(self.back))
        else:
            self.notify_complete(self.back == [0, 1, 2])
`;

describe('a Python host test', () => {
  it.each([
    [['0', '1', '2'], 'pass', ''],
    [['0', '1', '5'], 'fail', 'the host test said no'],
  ])('talks in turns and judges %j as %s', async (answers, verdict, message) => {
    const run = await lab.run(PING_PONG);
    run.say('{{rounds;3}}\r\n');
    for (const [n, answer] of answers.entries()) {
      await written(run, `{{ping;${n}}}\n`);
      run.say(`{{pong;${answer}}}\r\n`);
    }
    expect(await run.session.ended).toEqual({ verdict, reason: 'completed', message });
    expect(run.wire.slice(1)).toEqual(['{{ping;0}}\n', '{{ping;1}}\n', '{{ping;2}}\n']);
  });

  it.each([
    ['from mbed_host_tests import BaseHostTest', 'BaseHostTest'],
    ['import mbed_host_tests', 'mbed_host_tests.BaseHostTest'],
    ['from mbed_os_tools.test import BaseHostTest', 'BaseHostTest'],
    ['from mbed_os_tools.test.host_tests.base_host_test import BaseHostTest', 'BaseHostTest'],
    ['from htrun import BaseHostTest', 'BaseHostTest'],
    ['import htrun.host_tests', 'htrun.host_tests.BaseHostTest'],
  ])('imports its base by "%s"', async (line, base) => {
    lab.write('mine.py', `${line}\nclass Mine(${base}):\n    pass\n`);
    const run = await lab.begin('mine');
    run.say(end('success'));
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
  });

  it('uses ours when the real package is installed too', async () => {
    lab.write('mbed_host_tests/__init__.py', 'raise RuntimeError("the wrong one")');
    const run = await lab.run('class Ours(BaseHostTest):\n    pass\n');
    run.say(end('success'));
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
  });

  it('imports its neighbours, prints and logs', async () => {
    lab.write('lib/tools.py', 'GREETING = "hello"');
    lab.write('neighbour.py', 'VALUE = "ünïcode"');
    const run = await lab.run(`
import os, sys
from mbed_host_tests.host_tests_logger import HtrunLogger
sys.path.append(os.path.join(os.path.dirname(__file__), 'lib'))
from tools import GREETING
from neighbour import VALUE

class Talks(BaseHostTest):
    def setup(self):
        self.logger = HtrunLogger('TEST')
        self.logger.prn_inf(GREETING)
        self.log(VALUE)
        print('printed')
        os.system('echo by a program')
`);
    run.say(end('success'));
    await run.session.ended;
    const notes = notesOf(run).join('\n').split('\n');
    expect(notes).toEqual(
      expect.arrayContaining(['[TEST][INF] hello', 'ünïcode', 'printed', 'by a program']),
    );
  });

  it('sees lines once it asks for them, in wire order with messages', async () => {
    const run = await lab.run(`
class Reads(BaseHostTest):
    def setup(self):
        self.seen = []
        self.register_callback('__rxd_line', self.on_any)
        self.register_callback('key', self.on_any)

    def on_any(self, key, value, timestamp):
        self.seen.append(value)
        if value == 'last':
            self.notify_complete(self.seen == ['first', 'ö ☃', '1', 'middle', '2', 'last'] or None)

    def result(self):
        self.log('saw ' + ascii(self.seen))
        return False
`);
    const text = 'first\r\nö ☃\r\n{{key;1}}\r\nmiddle\r\n{{key;2}}\r\nlast\r\n';
    run.say(Buffer.from(text).toString('latin1'));
    expect({ ...(await run.session.ended), notes: notesOf(run) }).toMatchObject({
      verdict: 'pass',
      notes: [],
    });
  });

  it('measures by when messages arrived, in seconds', async () => {
    const run = await lab.run(`
class Measures(BaseHostTest):
    @event_callback('tick')
    def _tick(self, key, value, timestamp):
        assert isinstance(timestamp, float)
        if value == '1':
            self.first = timestamp
        else:
            self.notify_complete(abs(timestamp - self.first - 1.5) < 0.001)
`);
    run.say('{{tick;1}}\r\n');
    run.clock.sleepThrough(1500);
    run.say('{{tick;2}}\r\n');
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
  });

  it('may ask for the items of the stock runner', async () => {
    const run = await lab.run(
      `
class Asks(BaseHostTest):
    def __init__(self):
        BaseHostTest.__init__(self)
        self.delay = self.get_config_item('forced_reset_timeout')

    def setup(self):
        names = ('mcu', 'platform_name', 'program_cycle_s', 'skip_reset', 'port', 'nonsense')
        self.log(repr([self.delay] + [self.get_config_item(name) for name in names]))
        self.log(repr((self.config.mbed_target, self.config.post_reset_delay, self.config.port)))
`,
      { target: 'SAMPLE', timing: { resetDelayMs: 2500 } },
    );
    await run.clock.advance(2500);
    run.say(`${handshake(1, 'sample')}${end('success')}`);
    await run.session.ended;
    expect(notesOf(run)).toContain("[2.5, 'SAMPLE', 'SAMPLE', 2.5, False, None, None]");
    // As the scripts of Mbed CE read them.
    expect(notesOf(run)).toContain("('SAMPLE', 2.5, None)");
  });

  it.each([
    ['True', 'pass'],
    ['False', 'fail'],
    ['1', 'pass'],
    ['"success"', 'pass'],
    ['"failure"', 'fail'],
    ['"timeout"', 'fail'],
    ['"ioerr_serial"', 'infra'],
    ['"no such name"', 'infra'],
    ['[1]', 'infra'],
    ['None', 'infra'],
  ])('that ends with %s ends the run with %s', async (result, verdict) => {
    const run = await lab.run(`
class Ends(BaseHostTest):
    @event_callback('now')
    def _now(self, key, value, timestamp):
        self.notify_complete(${result})
`);
    run.say('{{now;1}}\r\n');
    const reason = verdict === 'infra' ? 'hostTestError' : 'completed';
    expect(await run.session.ended).toMatchObject({ verdict, reason });
  });

  it.each([
    ['notify_complete()', '{{now;1}}\r\n'],
    ['log("waiting")', '{{now;1}}\r\n{{__exit;0}}\r\n'],
  ])('is asked for its result after %s', async (call, text) => {
    const run = await lab.run(`
class Counts(BaseHostTest):
    seen = 0

    @event_callback('now')
    def _now(self, key, value, timestamp):
        self.seen += 1
        self.${call}

    def result(self):
        return self.seen == 1
`);
    run.say(text);
    expect(await run.session.ended).toMatchObject({ verdict: 'pass', reason: 'completed' });
  });

  it('may work in threads of its own', async () => {
    const run = await lab.run(`
import threading

class Threads(BaseHostTest):
    @event_callback('start')
    def _start(self, key, value, timestamp):
        threading.Thread(target=self.work).start()

    def work(self):
        self.send_kv('from', 'thread')
        self.notify_complete(True)
`);
    run.say('{{start;1}}\r\n');
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
    expect(run.wire.at(-1)).toBe('{{from;thread}}\n');
  });

  it('cannot pass what the firmware ends with failure', async () => {
    const run = await lab.run(`
class Kind(BaseHostTest):
    @event_callback('end')
    def _end(self, key, value, timestamp):
        self.notify_complete(True)
`);
    run.say(end('failure'));
    expect(await run.session.ended).toMatchObject({ verdict: 'fail', reason: 'completed' });
  });

  it('tears down when the run ends, before the board is put back', async () => {
    const run = await lab.run(`
class Holds(BaseHostTest):
    def teardown(self):
        open('torn-down', 'w').close()
`);
    run.say(end('success'));
    await run.session.ended;
    expect(lab.read('torn-down')).toBe('');
  });
});
