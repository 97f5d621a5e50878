import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  defaultInventoryDir,
  lintInventory,
  loadInventory,
  missingGoldenImages,
} from '../src/index.js';
import { MODEL, RACK, withBench } from './support/inventory-dir.js';

const golden = (path: string, more = '') => ({
  'models/bench-k64f.yaml': `${MODEL}goldenImage: ${path}\n${more}`,
});

describe('the golden image of a model', () => {
  it('is found from the folder of the inventory', () => {
    withBench(golden('golden/k64f.bin', 'goldenTimeoutMs: 5000\n'), (dir) => {
      const path = join(dir, 'golden/k64f.bin');
      expect([...loadInventory(dir).goldenImages]).toEqual([
        ['bench-k64f', { path, timeoutMs: 5000 }],
      ]);
      expect(lintInventory(dir)).toEqual([]);
    });
  });

  it('is found in the clone, wherever the inventory was copied to', () => {
    withBench(golden('clone:build/firmware/K64F/smallest.elf'), (dir) => {
      const path = join(defaultInventoryDir(), '../build/firmware/K64F/smallest.elf');
      expect(loadInventory(dir).goldenImages.get('bench-k64f')).toEqual({
        ...{ path, timeoutMs: 120_000 },
      });
    });
  });

  it('is our own for the boards that come along', () => {
    const { goldenImages, boards } = loadInventory(defaultInventoryDir());
    for (const { model, target } of boards)
      expect(goldenImages.get(model)?.path).toMatch(`build/firmware/${target}/smallest.elf`);
  });

  it('may be left out', () => {
    expect(withBench({}, loadInventory).goldenImages.size).toBe(0);
    expect(missingGoldenImages(withBench({}, loadInventory))).toEqual([]);
  });

  it('is missed when it is not there, by models that have boards', () => {
    withBench(golden('golden.bin'), (dir) => {
      const path = join(dir, 'golden.bin');
      expect(missingGoldenImages(loadInventory(dir))).toEqual([
        `model bench-k64f: there is no golden image ${path}; a suspect board will be quarantined unexamined`,
      ]);
      writeFileSync(path, 'x');
      expect(missingGoldenImages(loadInventory(dir))).toEqual([]);
    });
    const unused = { ...golden('golden.bin'), 'racks/bench.yaml': 'agent: pi-1\nboards: []\n' };
    expect(RACK).not.toBe(unused['racks/bench.yaml']);
    expect(missingGoldenImages(withBench(unused, loadInventory))).toEqual([]);
  });

  it.each([['golden/'], ['/srv/.hidden'], ['clone:']])('has to be a file, not %j', (path) => {
    expect(() => withBench(golden(`"${path}"`), loadInventory)).toThrow(
      /bench-k64f\.yaml: goldenImage: expected the path of a file/,
    );
  });
});
