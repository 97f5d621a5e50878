import type { SubmissionView } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DaplinkBoardEmulator } from '../src/emulators/daplink-board-emulator.js';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';

const TARGET = 'FVP_MPS2_M3';
const IDS = ['a', 'b'].map((last) => `0240000034544e45001a00018aa900292011000097969${last}00`);
/** The handshake of a board that says nothing, twice, with a check by the golden image after each. */
const PATIENCE_MS = 120_000;

describe('firmware that says nothing on two wired boards', () => {
  const boards: DaplinkBoardEmulator[] = [];
  let farm: TestFarm;

  beforeAll(async () => {
    const goldenImage = imagePath(TARGET, 'smallest', 'bin');
    for (const id of IDS) boards.push(await DaplinkBoardEmulator.start(undefined, id));
    const wired = boards.map((board) => {
      const { serial, wiring } = board.spec({ syncTimeoutMs: 300, syncTries: 2 });
      return { serial, wiring, model: 'fvp-mps2-m3', goldenImage };
    });
    farm = await TestFarm.start({
      racks: [{ agent: 'desk', boards: {}, wired }],
      controllerEnv: { GREENRACK_SUSPECT_AFTER: '1' },
    });
  });
  afterAll(async () => {
    await farm?.stop();
    for (const board of boards) await board.close();
  });

  it('is a hang, and no fault of the boards, on which the golden image passed', async () => {
    const spec = { version: 1, name: 'mute', runs: [{ image: 'mute.bin', target: TARGET }] };
    const { submission } = await farm.client.submit(spec, [imagePath(TARGET, 'mute', 'bin')]);
    expect((await farm.client.finished(submission.id, PATIENCE_MS)).verdicts).toEqual({ hang: 1 });
    const [run] = await farm.client.runs(submission.id);
    expect(run?.message).toMatch(/^the firmware is mute: 2 boards answer other images/);
    const all = (await farm.client.json('GET', '/submissions')) as { items: SubmissionView[] };
    const checks = all.items.filter(({ tenant }) => tenant === 'farm');
    expect(checks.length).toBeGreaterThanOrEqual(2);
    for (const { id } of checks) {
      expect((await farm.client.finished(id, PATIENCE_MS)).verdicts).toEqual({ pass: 1 });
    }
  });
});
