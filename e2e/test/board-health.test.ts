import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardTransition, SubmissionView } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { serialOf } from '../src/test-inventory.js';

const TARGET = 'FVP_MPS2_M3';
const MODEL = 'fvp-mps2-m3';
const BAD = serialOf('lab', MODEL, 0);
const GOOD = serialOf('lab', MODEL, 1);
/** The agent looks at a board that failed twice in a row after half a minute: the check cannot begin before. */
const PATIENCE_MS = 120_000;

describe('a board whose emulator dies as soon as it is to run something', () => {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-broken-'));
  const deaths = join(dir, 'deaths');
  let farm: TestFarm;

  beforeAll(async () => {
    const executable = join(dir, 'qemu');
    writeFileSync(deaths, '0');
    writeFileSync(executable, emulatorThatDies(deaths), { mode: 0o755 });
    farm = await TestFarm.start({
      racks: [{ agent: 'lab', boards: { [MODEL]: 2 }, executables: { [BAD]: executable } }],
      controllerEnv: { GREENRACK_SUSPECT_AFTER: '2' },
    });
  });
  afterAll(async () => {
    await farm?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const setHealth = (serial: string, health: 'good' | 'maintenance') =>
    farm.client.json('POST', `/boards/${serial}/state`, JSON.stringify({ health, cause: 'test' }));

  /** Submits runs that only the bad board can take, until it is suspect. Its emulator is to die `times` times. */
  async function spoil(repeat: number, times: number): Promise<string> {
    await setHealth(GOOD, 'maintenance');
    writeFileSync(deaths, String(times));
    const runs = [{ image: 'smallest.elf', target: TARGET, repeat }];
    const spec = { version: 1, name: 'work', runs };
    const { submission } = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
    await farm.client.boardBecomes(BAD, 'suspect', PATIENCE_MS);
    return submission.id;
  }

  async function newest(): Promise<BoardTransition[]> {
    const path = `/boards/${BAD}/history?limit=100`;
    const { items } = (await farm.client.json('GET', path)) as { items: BoardTransition[] };
    return items.filter(({ evidence }) => evidence !== null);
  }

  async function checks(): Promise<SubmissionView[]> {
    const all = (await farm.client.json('GET', '/submissions')) as { items: SubmissionView[] };
    return all.items.filter(({ tenant }) => tenant === 'farm');
  }

  it('is trusted again when the trouble was over by the time its golden image ran', async () => {
    const id = await spoil(2, 2);
    await farm.client.boardBecomes(BAD, 'good', PATIENCE_MS);
    expect((await farm.client.finished(id, PATIENCE_MS)).verdicts).toEqual({ pass: 2 });
    const [passed, suspected] = await newest();
    expect(passed).toMatchObject({ health: 'good', cause: 'its health check passed' });
    expect(suspected?.health).toBe('suspect');
    expect(suspected?.evidence?.match(/att_/g)).toHaveLength(2);
    expect((await checks()).map(({ name, verdicts }) => [name, verdicts])).toEqual([
      [`health check of ${BAD}`, { pass: 1 }],
    ]);
  });

  it('is quarantined when it still dies, and another board finishes the runs', async () => {
    const id = await spoil(3, 1000);
    const failed = (await farm.client.runs(id)).find(({ attempts }) => attempts === 2);
    await setHealth(GOOD, 'good');
    expect((await farm.client.finished(id, PATIENCE_MS)).verdicts).toEqual({ pass: 3 });
    expect(await farm.client.run(failed?.id ?? '')).toMatchObject({
      ...{ verdict: 'pass', attempts: 3, boardSerial: GOOD },
    });
    const view = await farm.client.boardBecomes(BAD, 'quarantined', PATIENCE_MS);
    expect(view.healthCause).toMatch(/^its health check ended as infra: .*the disk is gone/s);
    const [check] = await checks();
    expect(check).toMatchObject({ verdicts: { infra: 1 } });
    const [run] = await farm.client.runs(check?.id ?? '');
    const detail = await farm.client.run(run?.id ?? '');
    const [attempt] = detail.attemptList;
    expect((await newest())[0]?.evidence).toBe(`${attempt?.id} (${detail.id})`);
  });

  it('stays in quarantine, and a run that needs it is told so', async () => {
    const runs = [{ image: 'smallest.elf', target: TARGET, board: BAD }];
    const spec = { version: 1, name: 'pinned', runs };
    const created = await farm.client.submit(spec, [imagePath(TARGET, 'smallest')]);
    const detail = await farm.client.run(created.runs[0]?.id ?? '');
    expect(detail.waiting?.reason).toContain(`${BAD} is quarantined (its health check ended`);
  });
});

/** Knows its machines like the real one, dies as often as the file says, and is the real one then. */
function emulatorThatDies(deaths: string): string {
  return `#!/bin/sh
left=$(cat '${deaths}')
if [ "$2" != help ] && [ "$left" -gt 0 ]; then
  echo $((left - 1)) > '${deaths}'
  echo 'the disk is gone' >&2
  exit 1
fi
exec qemu-system-arm "$@"
`;
}
