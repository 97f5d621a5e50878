import type { FoundBoard } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { defaultInventoryDir, loadInventory, proposeRack, rackSchema } from '../src/index.js';

const inventory = loadInventory(defaultInventoryDir());
const K64F: FoundBoard = {
  kind: 'daplink',
  serial: '0240000034544e45001a00018aa900292011000097969900',
  vendorId: '0d28',
  productId: '0204',
  product: 'DAPLink',
  usbPath: '1-1.2',
  ports: [{ path: '/dev/serial/by-id/usb-Arm-if01', interfaceNumber: 1 }],
  hasDrive: true,
  mountPoint: '/media/DAPLINK',
  probeId: '0240000034544e45001a00018aa900292011000097969900',
  detectCode: '0240',
};

const propose = (found: FoundBoard[]): string => proposeRack(found, inventory, 'bench-1');

describe('a proposed rack file', () => {
  it('is complete for a board whose detect code belongs to one target', () => {
    const rack = rackSchema.parse(parse(propose([K64F])));
    expect(rack).toMatchObject({
      agent: 'bench-1',
      boards: [
        {
          serial: K64F.serial,
          model: 'k64f',
          params: {
            console: { path: '/dev/serial/by-id/usb-Arm-if01' },
            flasher: { usbSerial: K64F.serial, uniqueId: K64F.probeId },
          },
        },
      ],
    });
  });

  it('never guesses between targets that share a code: it asks for a model', () => {
    const text = propose([{ ...K64F, detectCode: '1070' }]);
    expect(text).toMatch(/1070 is shared by ARCH_BLE, .*choose the model/);
    expect(text).toMatch(/^ {2}# - serial: 0240/m);
    expect(parse(text)).toEqual({ agent: 'bench-1', boards: null });
  });

  it('asks for a model when the board does not tell what it is', () => {
    const { detectCode: _, probeId: __, ...silent } = K64F;
    expect(propose([{ ...silent, kind: 'cdc' }])).toMatch(/choose the model, and take the # away/);
  });

  it('says which target has no model yet', () => {
    expect(propose([{ ...K64F, detectCode: '0311' }])).toMatch(/K66F has no model yet/);
  });

  it('names further ports and a drive that is not mounted', () => {
    const ports = [...K64F.ports, { path: '/dev/ttyACM7', interfaceNumber: 4 }];
    const { mountPoint: _, ...unmounted } = K64F;
    const text = propose([{ ...unmounted, ports }]);
    expect(text).toMatch(/more ports: \/dev\/ttyACM7 \(interface 4\)/);
    expect(text).toMatch(/drive is not mounted/);
  });

  it('does not propose a board that is in the inventory', () => {
    const serial = inventory.boards[0]?.serial ?? '';
    expect(propose([{ ...K64F, serial }])).toMatch(/in the inventory already/);
  });

  it('cannot be made to say more by the names of devices', () => {
    const product = 'x\nboards:\n  - serial: evil';
    const path = '/dev/x\n  - serial: evil';
    const text = propose([{ ...K64F, product, ports: [{ path, interfaceNumber: 0 }] }]);
    expect(parse(text)).toMatchObject({ boards: [{ serial: K64F.serial }] });
    expect(parse(text)).toHaveProperty('boards.length', 1);
  });

  it('says what to do when nothing was found', () => {
    expect(propose([])).toMatch(/Plug one in/);
  });
});
