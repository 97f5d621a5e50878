import { expect, it } from '@jest/globals';
import { BARE_TARGETS, bareBoard, type Talker } from './support/bare-board.js';
import { FatVolume } from './support/fat-volume.js';

const CUTS = 300;
const PIECE = /^volume \d+ (\d+) ([0-9a-f]{128})$/;
const CUT = /^cut (\d+) (\d+) (\d+) (\d+) (\d+)$/;

/** What the firmware writes as this version of a file: its size and every byte follow from both. */
function expected(file: number, version: number): Buffer {
  const bytes = Buffer.alloc(4 + ((version * 131 + file * 57) % 696));
  for (let i = 4; i < bytes.length; i++) bytes[i] = version * 31 + file * 7 + i;
  bytes.writeUInt32LE(version, 0);
  return bytes;
}

/** The volume as it was after the next cut, by the versions of its files that the board has found. */
async function nextCut(board: Talker, volume: FatVolume): Promise<number[]> {
  const numbers = await board.until(CUT, (line) => {
    const [, offset, hex] = PIECE.exec(line) ?? [];
    if (hex !== undefined) volume.bytes.write(hex, Number(offset), 'hex');
  });
  return numbers.slice(1).map(Number);
}

it.each(BARE_TARGETS)(
  `a FAT volume is in order after each of ${CUTS} cuts of the power, says a reader of others: %s`,
  async (target) => {
    const board = bareBoard(target, 'storage_power_cut');
    try {
      const volume = new FatVolume(64 * 1024);
      const seen = new Set<number>();
      for (let cut = 1; cut <= CUTS; cut++) {
        const versions = await nextCut(board, volume);
        const files = await volume.files();
        for (const [file, version] of versions.entries()) {
          const found = files.get(`FILE${file}.TXT`);
          if (version === 0) expect([cut, found]).toEqual([cut, undefined]);
          else expect([cut, found?.equals(expected(file, version))]).toEqual([cut, true]);
        }
        seen.add(Math.max(...versions));
      }
      // The work went on from cut to cut.
      expect(seen.size).toBeGreaterThan(30);
      expect(await board.metric('storage.cuts-survived')).toBe(CUTS);
      await board.until(/^\{\{end;success\}\}/);
    } finally {
      board.kill();
    }
  },
);

it('the same firmware with a store that believes whatever it finds is found out', async () => {
  const board = bareBoard('FVP_MPS2_M3', 'storage_power_cut_wrong');
  try {
    await board.until(/::FAIL: /);
    await board.until(/^\{\{end;failure\}\}/);
  } finally {
    board.kill();
  }
});
