import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { boardSpec } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

/** Does for the image device_echo what the host test that comes along does; `end` is the base's. */
const MY_ECHO = `
from mbed_host_tests import BaseHostTest

class MyEcho(BaseHostTest):
    name = 'my_python_test'

    def setup(self):
        for key in ('echo', 'echo_count'):
            self.register_callback(key, self.back)

    def back(self, key, value, timestamp):
        self.send_kv(key, value%s)

    def teardown(self):
        with open('log', 'a') as log:
            log.write('down\\n')
`;

/** Judges firmware that never ends, when its time is over. */
const LATE = `
from mbed_host_tests import BaseHostTest

class Late(BaseHostTest):
    name = 'judges_late'
    seen = None

    def setup(self):
        self.register_callback('to_stdout', self.hear)

    def hear(self, key, value, timestamp):
        self.seen = True

    def result(self):
        return self.seen
`;

const board = boardSpec('virt-1');
const folder = mkdtempSync(join(tmpdir(), 'greenrack-lab-'));
let rig: TestAgent;
beforeAll(async () => {
  writeFileSync(join(folder, 'mine.py'), MY_ECHO.replace('%s', ''));
  writeFileSync(
    join(folder, 'deaf.py'),
    MY_ECHO.replace('my_python_test', 'deaf').replace('%s', " + '!'"),
  );
  writeFileSync(
    join(folder, 'raises.py'),
    MY_ECHO.replace('my_python_test', 'raises').replace('%s', ' + 1'),
  );
  writeFileSync(join(folder, 'late.py'), LATE);
  rig = await TestAgent.start([board], [folder]);
});
afterAll(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(hostTest: string, image = 'device_echo.elf') {
  const { attemptId } = await rig.begin(board, image, { hostTest, timeoutMs: 60_000 });
  const end = await rig.controller.ended(attemptId);
  const bodies = rig.controller.kept(attemptId).events.map(({ body }) => body);
  const cases = bodies.filter((body) => body.type === 'caseEnd');
  return { ...end, cases: Object.fromEntries(cases.map(({ name, verdict }) => [name, verdict])) };
}

describe('a Python host test on a virtual board', () => {
  it('passes the image that it talks with, and is torn down', async () => {
    expect(await run('my_python_test')).toMatchObject({
      verdict: 'pass',
      reason: 'completed',
      cases: { 'count comes back': 'pass', 'text comes back': 'pass' },
    });
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('down\n');
  });

  it('that answers wrong fails the image', async () => {
    expect(await run('deaf')).toMatchObject({ verdict: 'fail', reason: 'completed' });
  });

  it('that raises says nothing of the image', async () => {
    expect(await run('raises')).toMatchObject({
      verdict: 'infra',
      reason: 'hostTestError',
      message: expect.stringMatching(/raised TypeError[\s\S]*raises\.py/),
    });
  });

  it('is asked for its result() when firmware that never ends has had its time', async () => {
    expect(await run('judges_late', 'ht_dev_null_auto.elf')).toMatchObject({
      verdict: 'pass',
      reason: 'completed',
    });
    expect(await run('judges_late', 'hang.elf')).toMatchObject({ verdict: 'hang' });
  });

  it('that nobody has is unknown', async () => {
    expect(await run('no_such_test')).toMatchObject({
      verdict: 'infra',
      reason: 'hostTestUnknown',
    });
  });
});
