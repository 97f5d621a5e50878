import { access, constants } from 'node:fs/promises';
import { parseOrThrow } from '@greenrack/farm-protocol';
import { SerialPort } from 'serialport';
import { z } from 'zod';
import type { PartMaker, PowerPart } from '../../contracts/board-part.js';
import { unlessAborted, within } from '../../deadline.js';
import { inTurn } from '../tool/in-turn.js';
import { powerFault } from './power-fault.js';
import { type Output, switchFields, TwoWaySwitch } from './two-way-switch.js';

/*
 * LCUS-1, -2, -4 and -8 relay boards: a CH340 at 9600 baud 8N1, no answer.
 *
 *   ┌──────┬─────────┬──────────┬──────────────────────────┐
 *   │ 0xA0 │ channel │ 01 close │ low byte of the sum of   │
 *   │      │ 1…8     │ 00 open  │ the three bytes before   │
 *   └──────┴─────────┴──────────┴──────────────────────────┘
 */
const START = 0xa0;
const PORT_MS = 5000;
const CURE = 'Plug the relay board in, check the path, and add the agent to the group dialout';

const paramsSchema = z.strictObject({
  ...switchFields,
  path: z.string().max(512).startsWith('/'),
  channel: z.number().int().min(1).max(8).default(1),
  /** The board is fed through the contact that is closed while the relay is off: a dead agent leaves it powered. */
  normallyClosed: z.boolean().default(false),
});

class LcusRelay implements Output {
  readonly #params: z.infer<typeof paramsSchema>;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  async check(): Promise<string> {
    const { path, channel } = this.#params;
    try {
      await access(path, constants.W_OK);
    } catch (error) {
      throw powerFault(`relay board ${path}`, CURE, error);
    }
    return `relay ${channel} of ${path}; it cannot be asked for its state`;
  }

  async set(isOn: boolean, signal: AbortSignal): Promise<void> {
    const { path, channel, normallyClosed } = this.#params;
    const state = isOn === normallyClosed ? 0 : 1;
    const bytes = [START, channel, state];
    const frame = Buffer.from([...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 0xff]);
    try {
      // Boards share a relay board: one opens the port at a time.
      await inTurn(path, async () => await unlessAborted(signal, send(path, frame)));
    } catch (error) {
      signal.throwIfAborted();
      throw powerFault(`relay board ${path}`, CURE, error);
    }
  }
}

async function send(path: string, frame: Buffer): Promise<void> {
  const port = new SerialPort({ path, baudRate: 9600, autoOpen: false });
  const call = (work: (done: (error?: Error | null) => void) => void): Promise<void> =>
    within(
      PORT_MS,
      `relay board ${path}`,
      new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve()))),
    );
  await call((done) => port.open(done));
  try {
    await call((done) => port.write(frame, undefined, done));
    await call((done) => port.drain(done));
  } finally {
    await call((done) => port.close(done));
  }
}

export const maker: PartMaker<PowerPart> = {
  create(params, { where }) {
    const checked = parseOrThrow(paramsSchema, params, 'board_fault', where);
    return new TwoWaySwitch(new LcusRelay(checked), checked.offMs);
  },
};
