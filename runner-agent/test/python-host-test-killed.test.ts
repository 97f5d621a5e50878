import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentProcess } from './support/agent-process.js';
import { assignmentOf, boardSpec, firmware } from './support/assignments.js';
import { FakeController } from './support/fake-controller.js';

/** Shows by an open connection that it lives. */
const ALIVE = `
import socket, time
from mbed_host_tests import BaseHostTest, event_callback

class Alive(BaseHostTest):
    @event_callback('echo_count')
    def _count(self, key, value, timestamp):
        self.alive = socket.socket(socket.AF_UNIX)
        self.alive.connect('socket')
        time.sleep(1000)

    def teardown(self):
        self.alive.sendall(b'torn down')
`;

const board = boardSpec('virt-1');
let controller: FakeController;
let dir: string;
let agent: AgentProcess;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-killed-'));
  writeFileSync(join(dir, 'alive.py'), ALIVE);
  controller = new FakeController([board]);
  await controller.listen();
  writeFileSync(join(dir, 'token'), controller.token, { mode: 0o600 });
  agent = new AgentProcess({
    GREENRACK_CONTROLLER_URLS: controller.url,
    GREENRACK_AGENT_NAME: 'rack-1',
    GREENRACK_AGENT_TOKEN_FILE: join(dir, 'token'),
    GREENRACK_STATE_DIR: join(dir, 'state'),
    GREENRACK_LOG_LEVEL: 'warn',
    GREENRACK_PYTHON_HOST_TESTS: dir,
  });
});
afterEach(async () => {
  await agent.kill('SIGKILL');
  await controller.close();
  rmSync(dir, { recursive: true, force: true });
});

/** What a host test says from now until it is gone, when its agent gets `signal` in the middle of the run. */
async function lastWordsAfter(signal: 'SIGKILL' | 'SIGTERM'): Promise<string> {
  const server = createServer().listen(join(dir, 'socket'));
  const connection = once(server, 'connection');
  await agent.start();
  const image = firmware(board, 'device_echo.elf');
  controller.addImage(image.bytes);
  await controller.assign(assignmentOf(board, image, { hostTest: 'alive', timeoutMs: 120_000 }));
  const [socket] = await connection;
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const gone = once(socket, 'close');
  await agent.kill(signal);
  await gone;
  server.close();
  return said;
}

describe('a Python host test in the middle of a run', () => {
  it('dies with its agent', async () => {
    expect(await lastWordsAfter('SIGKILL')).toBe('');
  });

  it('is torn down when its agent is stopped', async () => {
    expect(await lastWordsAfter('SIGTERM')).toBe('torn down');
  });
});
