import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { CtpStation } from '../../src/network-peer/ctp-station.js';
import { PacketSocket } from '../../src/network-peer/packet-socket.js';
import { ethernet } from '../support/frames.js';

const NAMESPACE = `greenrack-ctp-${process.pid}`;
const inside = { prefix: ['ip', 'netns', 'exec', NAMESPACE] };
const [CARD, BOARD] = ['grk0', 'grk1'];

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** Why this machine cannot make a network of its own; undefined when it can. */
function obstacle(): string | undefined {
  try {
    ip('netns', 'add', NAMESPACE);
    return undefined;
  } catch (error) {
    return String((error as Error).message).split('\n')[0];
  }
}

const why = obstacle();
const describeHere = why === undefined ? describe : describe.skip;
const title =
  why === undefined ? '' : ` (skipped: a network namespace needs root and iproute2: ${why})`;

describeHere(`Ethernet CTP on a network card${title}`, () => {
  beforeAll(() => {
    ip('-n', NAMESPACE, 'link', 'add', 'name', CARD, 'type', 'veth', 'peer', 'name', BOARD);
    for (const card of [CARD, BOARD]) ip('-n', NAMESPACE, 'link', 'set', 'dev', card, 'up');
  });
  afterAll(() => ip('netns', 'delete', NAMESPACE));

  it('loops a frame back to the board that asked all stations, from the card’s own address', async () => {
    const heard: Buffer[] = [];
    let arrived: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (arrived = resolve));
    const log = pino({ level: 'silent' });
    const station = await CtpStation.open({ nic: CARD, log, ...inside });
    const board = await PacketSocket.open({
      nic: BOARD,
      ...inside,
      received: (frame) => {
        heard.push(frame);
        arrived();
      },
    });
    try {
      const messages = Buffer.concat([
        Buffer.from([0, 0, 2, 0]),
        board.mac,
        Buffer.from([1, 0, 7, 0]),
      ]);
      const frame = ethernet(
        0x9000,
        Buffer.concat([messages, Buffer.alloc(60)]),
        Buffer.alloc(6, 0xff),
      );
      frame.set(board.mac, 6);
      board.send(frame);
      await first;
      const [answer] = heard;
      expect(answer?.subarray(0, 6).equals(board.mac)).toBe(true);
      expect(answer?.readUInt16LE(14)).toBe(8);
      expect(answer?.subarray(16).equals(frame.subarray(16))).toBe(true);
    } finally {
      await board.close();
      await station.close();
    }
  });

  it('says what to do when there is no such card', async () => {
    const opening = CtpStation.open({ nic: 'grk9', log: pino({ level: 'silent' }), ...inside });
    await expect(opening).rejects.toThrow(/grk9: .*No such device.*GREENRACK_CTP_INTERFACE/);
  });

  it('complains once when the card goes away, and leaves no process behind', async () => {
    const said: string[] = [];
    let complained: () => void = () => undefined;
    const complaint = new Promise<void>((resolve) => {
      complained = resolve;
    });
    const write = (line: string): void => {
      said.push(line);
      complained();
    };
    const log = pino({}, { write });
    ip('-n', NAMESPACE, 'link', 'add', 'name', 'grk5', 'type', 'veth', 'peer', 'name', 'grk6');
    ip('-n', NAMESPACE, 'link', 'set', 'dev', 'grk5', 'up');
    const station = await CtpStation.open({ nic: 'grk5', log, ...inside });
    ip('-n', NAMESPACE, 'link', 'delete', 'dev', 'grk5');
    await complaint;
    await station.close();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/Ethernet CTP on grk5 is off/);
  });
});
