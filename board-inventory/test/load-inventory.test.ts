import { describe, expect, it } from '@jest/globals';
import { defaultInventoryDir, loadInventory, memoryOf } from '../src/index.js';
import { MODEL, RACK, withBench, withInventory } from './support/inventory-dir.js';

describe('the inventory that comes with Greenrack', () => {
  const inventory = loadInventory(defaultInventoryDir());

  it('has two virtual boards of each target on one agent', () => {
    const boards = inventory.racks.get('virtual-1') ?? [];
    expect(boards.map((board) => [board.serial, board.target])).toEqual([
      ['virt-m3-01', 'FVP_MPS2_M3'],
      ['virt-m3-02', 'FVP_MPS2_M3'],
      ['virt-cm3ds-01', 'ARM_CM3DS_MPS2'],
      ['virt-cm3ds-02', 'ARM_CM3DS_MPS2'],
    ]);
    expect([...inventory.targets].sort()).toEqual(['ARM_CM3DS_MPS2', 'FVP_MPS2_M3']);
  });

  it('wires each target to the machine and UART that its images expect', () => {
    const wiring = Object.fromEntries(inventory.boards.map((b) => [b.target, b.wiring]));
    expect(wiring).toEqual({
      FVP_MPS2_M3: {
        driver: 'qemu',
        params: { machine: 'mps2-an385', consoleUart: 0, icountShift: 5, network: {} },
      },
      ARM_CM3DS_MPS2: {
        driver: 'qemu',
        params: { machine: 'mps2-an511', consoleUart: 1, icountShift: 5, network: {} },
      },
    });
  });

  it('knows that only 256 KiB answer at address 0 of the DesignStart board', () => {
    expect(memoryOf(inventory, 'ARM_CM3DS_MPS2')[0]).toMatchObject({
      address: 0,
      sizeBytes: 262_144,
    });
    expect(memoryOf(inventory, 'NO_SUCH_TARGET')).toEqual([]);
  });
});

describe('loading an inventory', () => {
  it('tells each board the detect codes of its target, if Mbed knows some', () => {
    expect(withBench({}, loadInventory).boards[0]?.detectCodes).toEqual(['0240', '0245']);
    const virtual = loadInventory(defaultInventoryDir()).boards[0];
    expect(virtual && 'detectCodes' in virtual).toBe(false);
  });

  it('lets a board overrule single parameters of its model', () => {
    const rack = `${RACK}    params:\n      power: { port: 7 }\n`;
    const board = withBench({ 'racks/bench.yaml': rack }, loadInventory).boards[0];
    expect(board?.wiring.params).toEqual({ machine: 'some', power: { port: 7, delayMs: 5 } });
  });

  it('knows what people call a board', () => {
    const rack = RACK.replace('    model', '    name: K64F, left\n    model');
    const [board] = withBench({ 'racks/bench.yaml': rack }, loadInventory).boards;
    expect(board).toMatchObject({ serial: '0240000012345', name: 'K64F, left' });
  });

  it.each([
    [
      'two boards of one name',
      `${RACK}    name: left\n  - { serial: b2, model: bench-k64f, name: left }\n`,
      /bench\.yaml: boards\[1\]\.name: left is already in .*bench\.yaml/,
    ],
    [
      'a name that is the serial of another board',
      `${RACK}  - { serial: b2, model: bench-k64f, name: "0240000012345" }\n`,
      /boards\[1\]\.name: 0240000012345 is already in/,
    ],
    [
      'a name with a control character',
      `${RACK}    name: "a\\eb"\n`,
      /boards\[0\]\.name: expected a board name/,
    ],
    [
      'a name that turns the text around it',
      `${RACK}    name: "a\\u202eb"\n`,
      /boards\[0\]\.name: expected a board name/,
    ],
    [
      'a name of 41 characters',
      `${RACK}    name: ${'n'.repeat(41)}\n`,
      /boards\[0\]\.name: expected a board name/,
    ],
    [
      'an unknown field',
      `${RACK}    colour: red\n`,
      /bench\.yaml: boards\[0\]: unknown field 'colour'/,
    ],
    [
      'a bad serial',
      RACK.replace('0240000012345', 'a b'),
      /boards\[0\]\.serial: expected a board serial/,
    ],
    [
      'an unknown model',
      RACK.replace('bench-k64f', 'nope'),
      /boards\[0\]\.model: no model 'nope'; models\/ has bench-k64f/,
    ],
    [
      'a bad fixture',
      `${RACK}    fixtures: ["../x"]\n`,
      /boards\[0\]\.fixtures\[0\]: expected a fixture/,
    ],
    ['a missing agent', RACK.replace('agent: pi-1', ''), /bench\.yaml: agent: /],
    ['a list instead of a map', '- 1\n', /bench\.yaml: \(whole\)/],
    [
      'a repeated key',
      `${RACK}agent: pi-2\n`,
      /bench\.yaml: 'agent' stands twice, in line 1 and line 5/,
    ],
  ])('refuses %s and names file and path', (_what, rack, message) => {
    withBench({ 'racks/bench.yaml': rack }, (dir) => {
      expect(() => loadInventory(dir)).toThrow(message);
    });
  });

  it('refuses one serial in two racks, naming the other file', () => {
    withBench({ 'racks/second.yaml': RACK.replace('pi-1', 'pi-2') }, (dir) => {
      expect(() => loadInventory(dir)).toThrow(
        /second\.yaml: boards\[0\]\.serial: 0240000012345 is already in .*bench\.yaml/,
      );
    });
  });

  it('refuses two racks for one agent', () => {
    withBench({ 'racks/second.yaml': RACK.replace('0240000012345', 'x') }, (dir) => {
      expect(() => loadInventory(dir)).toThrow(/second\.yaml: agent: another rack names pi-1 too/);
    });
  });

  it('refuses a model whose file has another name', () => {
    withBench({ 'models/other.yaml': MODEL }, (dir) => {
      expect(() => loadInventory(dir)).toThrow(/other\.yaml: name: .*bench-k64f\.yaml/);
    });
  });

  it('refuses two models of one target that take different images', () => {
    const second = MODEL.replace('bench-k64f', 'wide').replace('1024', '2048');
    withBench({ 'models/wide.yaml': second }, (dir) => {
      expect(() => loadInventory(dir)).toThrow(
        /wide\.yaml: memory: .*2048.* differs from that of bench-k64f, the same target: .*1024/,
      );
    });
  });

  it('refuses memory regions that overlap', () => {
    const overlapping = MODEL.replace(
      'imageFormats',
      '  - { name: b, address: 1023, sizeBytes: 1 }\nimageFormats',
    );
    withBench({ 'models/bench-k64f.yaml': overlapping }, (dir) => {
      expect(() => loadInventory(dir)).toThrow(/bench-k64f\.yaml: memory\[1\]\.address/);
    });
  });

  it('says which folder is missing', () => {
    expect(() => loadInventory('/no/such/inventory')).toThrow(
      /\/no\/such\/inventory\/models: no such/,
    );
  });
});

describe('hostile YAML', () => {
  const bomb = `a: &a [1,1]\nb: &b [*a,*a]\nboards: [*b,*b]\n`;
  it.each([
    ['an alias', bomb, /uses an alias/],
    ['nesting in brackets', `boards: ${'['.repeat(50_000)}`, /nested deeper than 16 levels/],
    ['nesting in dashes', `boards:\n  ${'- '.repeat(50_000)}`, /nested deeper than 16 levels/],
    ['twenty levels', `boards: ${'['.repeat(20)}${']'.repeat(20)}`, /nested deeper than 16 levels/],
    ['more than a mebibyte', `# ${'x'.repeat(1024 * 1024)}`, /is over 1048576 bytes/],
    ['an unknown tag', 'agent: !js/function "x"\nboards: []\n', /Unresolved tag/],
    ['binary junk', '\u0000\u0001\u0002', /junk\.yaml: /],
  ])('refuses %s', (_what, text, message) => {
    withInventory({ 'racks/junk.yaml': text }, (dir) => {
      expect(() => loadInventory(dir)).toThrow(message);
    });
  });
});

describe('two boards of a rack', () => {
  const boards = (...params: string[]) =>
    `agent: pi-1\nboards:\n${params.map((text, i) => `  - serial: b${i}\n    model: bench-k64f\n    params: ${text}\n`).join('')}`;
  const load = (files: Record<string, string>) => () => withBench(files, loadInventory);

  it.each([
    ['console.path', '{ console: { path: /dev/ttyACM0 } }'],
    ['flasher.probe', '{ flasher: { probe: 066FFF49 } }'],
    ['flasher.usbSerial', '{ flasher: { usbSerial: "0240000034" } }'],
    ['flasher.mountPoint', '{ flasher: { mountPoint: /media/DAPLINK } }'],
    ['console.tcpPort', '{ console: { host: ser2net.lab, tcpPort: 3001 } }'],
    ['power', '{ power: { kind: uhubctl, hub: 1-1.4, port: 2 } }'],
    ['power', '{ power: { kind: hid-relay, relayBoard: BITFT } }'],
    ['power', '{ power: { kind: pdudaemon, url: "http://pdu:16421", hostname: a, port: "3" } }'],
  ])('do not have the same %s', (path, params) => {
    expect(load({ 'racks/bench.yaml': boards(params, params) })).toThrow(
      new RegExp(
        `bench\\.yaml: boards\\[1\\]\\.params\\.${path}: .* is that of b0 too, by .*bench\\.yaml: boards\\[0\\]\\.params\\.${path}`,
      ),
    );
  });

  it('do not share a probe under two names, nor what their model gives to both', () => {
    const twice = boards('{ flasher: { probe: "00066AB" } }', '{ reset: { probe: 66ab } }');
    expect(load({ 'racks/bench.yaml': twice })).toThrow(
      /boards\[1\]\.params\.reset\.probe.*b0 too/,
    );
    const model = MODEL.replace('  machine: some', '  console: { path: /dev/ttyUSB0 }');
    const files = { 'models/bench-k64f.yaml': model, 'racks/bench.yaml': boards('{}', '{}') };
    expect(load(files)).toThrow(
      /boards\[1\]\.model \(bench-k64f: params\.console\.path\): .*boards\[0\]\.model/,
    );
  });

  it('do not share an outlet that another machine switches too, nor one of a switch that has only one', () => {
    const first = boards(
      '{ power: { kind: pdudaemon, url: "http://pdu:1", hostname: a, port: "3" } }',
    );
    const files = {
      'racks/bench.yaml': first,
      'racks/other.yaml': first.replace('pi-1', 'pi-2').replace('b0', 'b9'),
    };
    expect(load(files)).toThrow(/power: this power outlet is that of b0 too/);
    const relay = '{ power: { kind: hid-relay, relayBoard: BITFT';
    const named = boards(`${relay} } }`, `${relay}, channel: 1 } }`);
    expect(load({ 'racks/bench.yaml': named })).toThrow(/boards\[1\]\.params\.power: /);
  });

  it('may have outlets of one switch each', () => {
    const relay = '{ power: { kind: lcus, path: /dev/ttyUSB3, channel: ';
    const two = boards(`${relay}1 } }`, `${relay}2 } }`);
    expect(load({ 'racks/bench.yaml': two })().boards).toHaveLength(2);
    const hub = boards('{ power: { kind: uhubctl, hub: 1-1, port: 1 } }');
    const other = hub.replace('pi-1', 'pi-2').replace('b0', 'b9');
    expect(load({ 'racks/bench.yaml': hub, 'racks/other.yaml': other })().boards).toHaveLength(2);
  });

  it('may name one probe in their own parts, and paths that another machine has too', () => {
    const one = '{ console: { path: /dev/ttyACM0 }, flasher: { probe: ab }, reset: { probe: ab } }';
    const other = boards(one).replace('pi-1', 'pi-2').replace('b0', 'b9');
    const files = { 'racks/bench.yaml': boards(one), 'racks/other.yaml': other };
    expect(load(files)().boards).toHaveLength(2);
  });
});
