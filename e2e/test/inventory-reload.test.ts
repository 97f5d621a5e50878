import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { serialOf } from '../src/test-inventory.js';

const TARGET = 'FVP_MPS2_M3';
const MODEL = 'fvp-mps2-m3';
const FIRST = serialOf('lab', MODEL, 0);
const NOT_READ = 'the inventory was not read again';
/** Long enough for a few changes of the inventory under a run that never ends by itself. */
const RUN_MS = 20_000;

describe('an inventory whose files change while the farm runs', () => {
  let farm: TestFarm;
  beforeEach(async () => {
    farm = await TestFarm.start({
      racks: [{ agent: 'lab', boards: { [MODEL]: 1 } }],
      controllerEnv: { GREENRACK_LOG_LEVEL: 'info' },
    });
  });
  afterEach(async () => await farm?.stop());

  const path = (file: string) => join(farm.dir, 'inventory', file);
  const rack = (serials: readonly string[], agent = 'lab') =>
    `agent: ${agent}\nboards:\n${serials.map((s) => `  - serial: ${s}\n    model: ${MODEL}\n`).join('')}`;
  const write = (text: string) => writeFileSync(path('racks/lab.yaml'), text);
  /** As editors save. */
  const replace = (text: string) => {
    writeFileSync(path('lab.yaml.new'), text);
    renameSync(path('lab.yaml.new'), path('racks/lab.yaml'));
  };
  const submit = async (app: string, timeoutMs: number, more: object = {}) => {
    const runs = [{ image: `${app}.elf`, target: TARGET, timeoutMs, ...more }];
    const spec = { version: 1, name: app, runs };
    return (await farm.client.submit(spec, [imagePath(TARGET, app)])).submission.id;
  };
  /** Waits for a line that never comes, as long as it may. */
  const submitEndless = (timeoutMs: number) =>
    submit('hang', timeoutMs, { compareLog: { lines: ['never printed'] } });
  const inStep = async () =>
    /^greenrack_inventory_in_step (\d)$/m.exec(
      await (await farm.client.request('GET', '/metrics')).text(),
    )?.[1];

  it('gains a board, survives a broken file and loses a board, under a run that goes on', async () => {
    const endless = await submitEndless(RUN_MS);
    await farm.client.waitFor(endless, (view) => view.runsRunning === 1);

    write(rack([FIRST, 'added-01']));
    await farm.client.boardBecomes('added-01', 'idle');
    expect(await inStep()).toBe('1');
    const passed = await farm.client.finished(await submit('pass', 60_000));
    expect(passed.verdicts).toEqual({ pass: 1 });
    expect((await farm.client.runs(passed.id))[0]?.boardSerial).toBe('added-01');

    write(`${rack([FIRST])}    modle: typo\n`);
    await farm.controller.says(NOT_READ);
    expect(farm.controller.log).toContain('racks/lab.yaml');
    expect(await inStep()).toBe('0');
    expect((await farm.client.boards()).map(({ serial }) => serial).sort()).toEqual(
      ['added-01', FIRST].sort(),
    );

    replace(rack(['added-01']));
    const gone = await farm.client.boardBecomes(FIRST, 'offline');
    expect(gone.cause).toBe('gone from the inventory');
    await farm.client.boardBecomes('added-01', 'idle');
    expect(await inStep()).toBe('1');
    expect((await farm.client.submission(endless)).runsRunning).toBe(1);
    const ended = await farm.client.finished(endless);
    expect(ended.verdicts).toEqual({ hang: 1 });
    expect((await farm.client.runs(endless))[0]).toMatchObject({ attempts: 1, boardSerial: FIRST });
  });

  it('lets the agent of a rack that is gone report the run that it has', async () => {
    const endless = await submitEndless(RUN_MS / 2);
    await farm.client.waitFor(endless, (view) => view.runsRunning === 1);
    rmSync(path('racks/lab.yaml'));
    await farm.client.boardBecomes(FIRST, 'offline');
    expect((await farm.client.finished(endless)).verdicts).toEqual({ hang: 1 });
    write(rack([FIRST]));
    await farm.client.boardBecomes(FIRST, 'idle');
  });

  it('is read again on SIGHUP', async () => {
    farm.controller.signal('SIGHUP');
    await farm.controller.says('the inventory was read again');
    expect(await farm.client.boardBecomes(FIRST, 'idle')).toBeDefined();
  });
});
