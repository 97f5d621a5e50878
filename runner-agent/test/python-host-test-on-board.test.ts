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
  rig = await TestAgent.start([board], [folder]);
});
afterAll(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(hostTest: string) {
  const { attemptId } = await rig.begin(board, 'device_echo.elf', { hostTest, timeoutMs: 60_000 });
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

  it('that nobody has is unknown', async () => {
    expect(await run('no_such_test')).toMatchObject({
      verdict: 'infra',
      reason: 'hostTestUnknown',
    });
  });
});
