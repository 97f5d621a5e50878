import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FarmClient } from '../src/farm-client.js';
import { freePort } from '../src/free-port.js';
import { imagePath } from '../src/images.js';
import { ManagedProcess } from '../src/managed-process.js';
import { ROOT, TestFarm } from '../src/test-farm.js';

const TARGET = 'FVP_MPS2_M3';
const call = promisify(execFile);

describe('a farm that is backed up while it runs', () => {
  let farm: TestFarm;
  let second: ManagedProcess | undefined;
  beforeAll(async () => {
    farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 1 } }] });
  });
  afterAll(async () => {
    await second?.kill('SIGTERM');
    await farm?.stop();
  });

  const greenrack = (args: readonly string[], stateDir: string) =>
    call(process.execPath, [join(ROOT, 'farm-cli/dist/main.js'), ...args], {
      env: { ...process.env, GREENRACK_STATE_DIR: stateDir },
    });

  it('is restored into an empty folder, where another controller shows the same results', async () => {
    const runs = [{ image: 'smallest.elf', target: TARGET, repeat: 2 }];
    const spec = { version: 1, name: 'kept', runs };
    const images = [imagePath(TARGET, 'smallest')];
    const { submission } = await farm.client.submit(spec, images);
    await farm.client.finished(submission.id, 60_000);
    // Boards are busy and rows are written meanwhile.
    const more = { ...spec, name: 'under way', runs: [{ ...runs[0], repeat: 20 }] };
    const busy = await farm.client.submit(more, images);
    const copy = join(farm.dir, 'copy');
    const made = await greenrack(['backup', copy], join(farm.dir, 'controller-0'));
    expect(JSON.parse(made.stdout)).toMatchObject({ database: 'sqlite', tokens: true });
    const stateDir = join(farm.dir, 'restored');
    await greenrack(['restore', copy], stateDir);
    const port = await freePort();
    second = new ManagedProcess({
      name: 'restored controller',
      script: join(ROOT, 'farm-controller/dist/main.js'),
      env: {
        GREENRACK_HTTP_PORT: String(port),
        GREENRACK_STATE_DIR: stateDir,
        GREENRACK_INVENTORY_DIR: join(farm.dir, 'inventory'),
        GREENRACK_LOG_LEVEL: 'warn',
      },
    });
    await second.start();
    const client = new FarmClient(`http://127.0.0.1:${port}`, farm.adminToken);
    const [ours, theirs] = [
      await farm.client.runs(submission.id),
      await client.runs(submission.id),
    ];
    expect(theirs).toEqual(ours);
    const log = (one: FarmClient) =>
      one
        .request('GET', `/api/v1/runs/${ours[0]?.id}/attempts/1/console`)
        .then((answer) => answer.text());
    expect(await log(client)).toBe(await log(farm.client));
    expect(await log(client)).not.toBe('');
    // The first goes on as if nothing had been.
    await farm.client.finished(busy.submission.id, 120_000);
  });
});
