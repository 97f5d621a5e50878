import { describe, expect, it } from '@jest/globals';
import { defaultInventoryDir, lintInventory, mbedTargets } from '../src/index.js';
import { MODEL, withBench } from './support/inventory-dir.js';

describe('the inventory linter', () => {
  it('finds nothing to say about the inventory that comes with Greenrack', () => {
    expect(lintInventory(defaultInventoryDir())).toEqual([]);
  });

  it('asks for keys in the order of the schema, at any depth', () => {
    const swapped = 'agent: pi-1\nboards:\n  - model: bench-k64f\n    serial: x\n';
    withBench({ 'racks/bench.yaml': swapped }, (dir) => {
      expect(lintInventory(dir)).toEqual([
        `${dir}/racks/bench.yaml: boards[0].model: write the keys as serial, model`,
      ]);
    });
  });

  it('reports a target that Mbed does not know', () => {
    withBench({ 'models/bench-k64f.yaml': MODEL.replace('K64F', 'K64G') }, (dir) => {
      expect(lintInventory(dir)).toEqual([
        `${dir}/models/bench-k64f.yaml: target: Mbed has no target K64G`,
      ]);
    });
  });

  it('wants a golden image of boards that take firmware of strangers', () => {
    const tagged =
      'agent: pi-1\nboards:\n  - serial: x\n    model: bench-k64f\n    tags: [untrusted-ok]\n';
    withBench({ 'racks/bench.yaml': tagged }, (dir) => {
      expect(lintInventory(dir)).toEqual([
        'board x: the tag untrusted-ok needs a goldenImage of model bench-k64f: without one the first run of a stranger has it quarantined',
      ]);
    });
  });

  it('reports a file that cannot be loaded instead of stopping', () => {
    withBench({ 'models/bench-k64f.yaml': 'name: 1\n' }, (dir) => {
      expect(lintInventory(dir)[0]).toMatch(/bench-k64f\.yaml: name: /);
    });
  });
});

describe("the table of Mbed's targets", () => {
  it('tells how the probe of a K64F announces itself, and how large its memories are', () => {
    expect(mbedTargets().get('K64F')).toEqual({
      name: 'K64F',
      detectCodes: ['0240', '0245'],
      core: 'Cortex-M4F',
      flashBytes: 1_048_576,
      ramBytes: 262_144,
    });
  });
});
