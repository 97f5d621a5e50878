import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { handshake } from '../greentea/support/bench.js';
import { end } from '../greentea/support/console-texts.js';
import { PythonLab, written } from './support/python-lab.js';

let lab: PythonLab;
beforeEach(() => {
  lab = new PythonLab();
});
afterEach(async () => {
  await lab.close();
});

/** Sends `__sync` when the board has booted, waits for the test, and goes on with `after`. */
const syncsThen = (after: string): string => `
import os

class SyncsTwice(BaseHostTest):
    @event_callback('booted')
    def _booted(self, key, value, timestamp):
        gate = os.path.join(os.path.dirname(__file__), 'gate')
        os.mkfifo(gate)
        self.send_kv('__sync', '0')
        open(gate).close()
${after}

    @event_callback('booted_again')
    def _booted_again(self, key, value, timestamp):
        self.notify_complete(True)
`;
const opensGate = (): Promise<void> => writeFile(join(lab.folder, 'gate'), '');
const sync = (value: number): string => `${'mbed'.repeat(10)}{{__sync;${value}}}\n`;
const answer = (value: number): string =>
  handshake(1, 'sample').replace(/__sync;[^}]*/, `__sync;${value}`);

describe('a Python host test that resets its board', () => {
  it('resets the board, hears when it is back, and shakes hands again', async () => {
    const run = await lab.run(`
import time

class SurvivesReset(BaseHostTest):
    boots = 0

    @event_callback('booted')
    def _booted(self, key, value, timestamp):
        self.boots += 1
        if self.boots == 1:
            self.reset()
        else:
            self.notify_complete(True)

    @event_callback('reset_complete')
    def _reset_complete(self, key, value, timestamp):
        assert abs(time.time() - timestamp) < 60
        self.send_kv('__sync', '0')
        self.send_kv('__sync', '0')
        self.send_kv('go_on', 'please')
`);
    const asked = written(run, sync(0));
    run.say('{{booted;1}}\r\n');
    await asked;
    const goesOn = written(run, '{{go_on;please}}\n');
    run.say(answer(0));
    await goesOn;
    run.say('{{booted;2}}\r\n');
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
    expect(run.wire.slice(1, 3)).toEqual(['<reset>', sync(0)]);
  });

  it('repeats __sync although the board has answered, which changes nothing', async () => {
    const run = await lab.run(`${syncsThen(`
        self.send_kv('__sync', '0')
        self.send_kv('go_on', 'please')`)}
    @event_callback('gone_on')
    def _gone_on(self, key, value, timestamp):
        self.send_kv('__sync', '0')
`);
    const asked = written(run, sync(0));
    run.say('{{booted;1}}\r\n');
    await asked;
    run.say(answer(0));
    const goesOn = written(run, '{{go_on;please}}\n');
    await opensGate();
    await goesOn;

    run.wire.length = 0;
    const askedAgain = written(run, sync(0));
    run.say('{{gone_on;1}}\r\n');
    await askedAgain;
    run.say(`${answer(0)}{{booted_again;1}}\r\n`);
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    ['later in the same callback', 'pass', ''],
    ['after a message to the board', "self.send_kv('ping', 1)", '{{ping;1}}\n'],
    ['after a reset', 'self.reset()', '<reset>'],
  ])('shakes hands once more %s: the board has restarted again', async (_when, between, wire) => {
    const run = await lab.run(
      syncsThen(`
        ${between}
        self.send_kv('__sync', '1')`),
    );
    const asked = written(run, sync(0));
    run.say('{{booted;1}}\r\n');
    await asked;
    run.say(answer(0));
    if (wire === '') run.clock.sleepThrough(1500);
    const askedAgain = written(run, sync(1));
    await opensGate();
    await askedAgain;
    run.say(`${answer(1)}{{booted_again;1}}\r\n`);
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
    if (wire !== '') expect(run.wire).toContain(wire);
  });

  it('is set up again after reset_dut', async () => {
    const run = await lab.run(`
from mbed_host_tests.host_tests_runner.host_test_default import DefaultTestSelector

class Reconnects(BaseHostTest):
    setups = 0

    def setup(self):
        self.setups += 1
        if self.setups == 2:
            self.send_kv('setups', self.setups)

    @event_callback('again')
    def _again(self, key, value, timestamp):
        self.reset_dut(DefaultTestSelector.RESET_TYPE_HW_RST)
`);
    const asked = written(run, sync(0));
    const told = written(run, '{{setups;2}}\n');
    run.say('{{again;1}}\r\n');
    await asked;
    run.say(answer(0));
    await told;
    run.say(end('success'));
    expect(await run.session.ended).toMatchObject({ verdict: 'pass' });
  });
});
