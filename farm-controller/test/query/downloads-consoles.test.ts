import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { consoleLog, type Running, startRun } from '../web/support/attempts.js';
import { ask, problemAt } from '../web/support/request.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

const WALL_MS = 1_700_000_000_000;
let farm: TestFarm;
let run: Running;
let log: Buffer;
beforeAll(async () => {
  farm = await startFarm();
  run = await startRun(farm);
  const euro = Buffer.from('€');
  log = consoleLog(
    WALL_MS,
    { text: 'boot\r\nhel', afterUs: 1_500_000 },
    { text: 'lo ' },
    { text: '{{__sync;1}}\n', direction: 'tx' },
    { text: euro.subarray(0, 1) },
    { text: Buffer.concat([euro.subarray(1), Buffer.from('\n\u001b[31mred\n')]), afterUs: 250 },
  );
  await run.print(log);
});
afterAll(() => farm.close());

const console = (query: string) =>
  ask(farm, `/api/v1/runs/${run.runId}/attempts/1/console${query}`, { as: 'viewer' });

describe('a console log', () => {
  it('is the text of the board by default, byte for byte', async () => {
    const response = await console('');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('content-disposition')).toContain(`${run.runId}-1.txt`);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toBe('boot\r\nhello €\n\u001b[31mred\n');
  });

  it('has the time before every line when asked', async () => {
    expect(await (await console('?timestamps=1')).text()).toBe(
      '[    1.500000] boot\r\n[    1.500000] hello €\n[    1.503250] \u001b[31mred\n',
    );
  });

  it('has both directions as JSON lines, characters put together again', async () => {
    const lines = (await (await console('?format=jsonl')).text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { startedMs: WALL_MS },
      { atUs: 1_500_000, direction: 'rx', text: 'boot\r\nhel' },
      { atUs: 1_501_000, direction: 'rx', text: 'lo ' },
      { atUs: 1_502_000, direction: 'tx', text: '{{__sync;1}}\n' },
      { atUs: 1_503_000, direction: 'rx', text: '' },
      { atUs: 1_503_250, direction: 'rx', text: '€\n\u001b[31mred\n' },
    ]);
  });

  it('is the file itself for replay', async () => {
    const response = await console('?format=grlog');
    expect(response.headers.get('content-disposition')).toContain(`${run.runId}-1.grlog`);
    expect(Buffer.from(await response.arrayBuffer()).equals(log)).toBe(true);
  });

  it('is empty before the board has said anything', async () => {
    const silent = await startRun(farm, 'virt-m3-02');
    const path = `/api/v1/runs/${silent.runId}/attempts/1/console`;
    expect(await (await ask(farm, path, { as: 'viewer' })).text()).toBe('');
  });

  it('has no other formats', async () => {
    const path = `/api/v1/runs/${run.runId}/attempts/1/console?format=html`;
    const problem = await problemAt(farm, path, { as: 'viewer' });
    expect(problem.errors?.[0]?.path).toBe('format');
  });

  it('ends the connection in the middle when the file is damaged: half must not pass for whole', async () => {
    await run.print(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    const whole = async () => (await console('')).text();
    await expect(whole()).rejects.toThrow();
    await farm.logged('damaged console log');
  });
});
