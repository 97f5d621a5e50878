import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AgentProcess } from './support/agent-process.js';
import { assignmentOf, boardSpec, firmware } from './support/assignments.js';
import { FakeController } from './support/fake-controller.js';
import { emulatorsOf } from './support/processes.js';

/** A busy machine may take seconds to start an emulator or a process. */
jest.setTimeout(180_000);
const board = boardSpec('virt-1');
let controller: FakeController;
let dir: string;
let agent: AgentProcess;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-killed-'));
  controller = new FakeController([board]);
  await controller.listen();
  writeFileSync(join(dir, 'token'), controller.token);
  agent = newAgent();
});
afterEach(async () => {
  await agent.kill('SIGKILL');
  await controller.close();
  rmSync(dir, { recursive: true, force: true });
});

function newAgent(): AgentProcess {
  return new AgentProcess({
    GREENRACK_CONTROLLER_URLS: controller.url,
    GREENRACK_AGENT_NAME: 'rack-1',
    GREENRACK_AGENT_TOKEN_FILE: join(dir, 'token'),
    GREENRACK_STATE_DIR: join(dir, 'state'),
    GREENRACK_LOG_LEVEL: 'warn',
  });
}

async function assignRunning(file: string): Promise<string> {
  const image = firmware(board, file);
  controller.addImage(image.bytes);
  const assignment = assignmentOf(board, image);
  await controller.assign(assignment);
  const { attemptId } = assignment;
  await controller.until('the case has begun', () =>
    controller.kept(attemptId).events.some(({ body }) => body.type === 'caseBegin'),
  );
  return attemptId;
}

describe('an agent process', () => {
  it('says on stdout when it takes work', async () => {
    expect(JSON.parse(await agent.start())).toEqual({ ready: true, agent: 'rack-1' });
    expect(controller.statuses.get('virt-1')).toMatchObject({ usable: true });
  });

  it('puts the board back although its disk takes no more of the log', async () => {
    await agent.start();
    // Writes beyond it fail as on a full disk; the log has 1 MB.
    execFileSync('prlimit', ['--pid', String(agent.pid), `--fsize=${256 * 1024}`]);
    const attemptId = await assignRunning('big_output_1m.elf');
    const ends = () =>
      controller.kept(attemptId).events.flatMap(({ body }) => {
        return body.type === 'phaseEnd' ? [[body.phase, body.ok]] : [];
      });
    await controller.until('the board is put back', () =>
      ends().some(([phase]) => phase === 'restore'),
    );
    expect(ends().slice(-2)).toEqual([
      ['collect', false],
      ['restore', true],
    ]);
  });

  it('killed in the middle of a run reports it as infra after its restart, with the whole log, once', async () => {
    await agent.start();
    const attemptId = await assignRunning('hang.elf');
    await agent.kill('SIGKILL');
    await agent.start();
    const end = await controller.ended(attemptId);
    expect(end).toMatchObject({ verdict: 'infra', reason: 'agentRestarted' });
    const kept = controller.kept(attemptId);
    expect(kept.console.length).toBe(end.consoleBytes);
    expect(createHash('sha256').update(kept.console).digest('hex')).toBe(end.consoleSha256);
    const types = kept.events.map(({ body }) => body.type);
    expect(types.filter((type) => type === 'caseEnd')).toHaveLength(
      types.filter((type) => type === 'caseBegin').length,
    );
    expect(controller.hellos[1]?.held).toMatchObject([{ attemptId, state: 'ended' }]);
    expect(controller.complaints).toEqual([]);
  });

  it('takes its emulators with it when it is killed', async () => {
    await agent.start();
    await assignRunning('hang.elf');
    const [pid] = emulatorsOf(dir);
    expect(pid).toBeDefined();
    await agent.kill('SIGKILL');
    await gone(pid ?? 0);
    expect(emulatorsOf(dir)).toEqual([]);
  });

  it('stopped in the middle of a run reports it, puts the board back and leaves nothing behind', async () => {
    await agent.start();
    const attemptId = await assignRunning('hang.elf');
    expect(await agent.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await controller.ended(attemptId)).toMatchObject({
      verdict: 'infra',
      reason: 'agentRestarted',
    });
    expect(emulatorsOf(dir)).toEqual([]);
    expect(readdirSync(join(dir, 'state', 'attempts'))).toEqual([]);
    expect(readdirSync(join(dir, 'state', 'boards'))).toEqual([]);
  });

  it('refuses a state directory that another agent has', async () => {
    await agent.start();
    const second = newAgent();
    await expect(second.start()).rejects.toThrow(/is in use by another agent/);
  });

  it('keeps what it could not report for its next start', async () => {
    await agent.start();
    const attemptId = await assignRunning('hang.elf');
    const { port } = controller;
    await controller.close();
    expect(await agent.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(dir, 'state', 'attempts'))).toEqual([attemptId]);
    const before = controller;
    controller = new FakeController([board]);
    Object.assign(controller, { token: before.token });
    controller.attempts.set(attemptId, before.kept(attemptId));
    await controller.listen(port);
    await agent.start();
    expect(await controller.ended(attemptId)).toMatchObject({ reason: 'agentRestarted' });
  });

  it('names the setting that is missing', async () => {
    const nameless = new AgentProcess({ GREENRACK_AGENT_TOKEN: 'x' });
    await expect(nameless.start()).rejects.toThrow(/code 2: .*GREENRACK_AGENT_NAME/);
  });
});

/** Resolves when the kernel has reaped `pid`. */
async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (existsSync(`/proc/${pid}`) && Date.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
}
