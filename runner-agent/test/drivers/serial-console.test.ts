import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PtyPair } from '../../../e2e/src/emulators/pty-pair.js';
import type { ConsoleLoss } from '../../src/contracts/console.js';
import { SerialConsole } from '../../src/drivers/console/serial-console.js';

jest.setTimeout(180_000);
const wanted = new AbortController().signal;
let pair: PtyPair;
let port: SerialConsole;
beforeEach(async () => {
  pair = await PtyPair.open();
  port = new SerialConsole({ path: pair.path, baudRate: 115_200 });
});
afterEach(async () => {
  await port.close();
  await pair.unplug();
});

/** A listener that collects; `until` resolves when enough bytes came, `lost` with the first loss. */
function collector() {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let look: () => void = () => undefined;
  let tell: (loss: ConsoleLoss) => void = () => undefined;
  const lost = new Promise<ConsoleLoss>((resolve) => {
    tell = resolve;
  });
  const data = (piece: Uint8Array): void => {
    pieces.push(piece);
    bytes += piece.length;
    look();
  };
  const until = async (count: number): Promise<Buffer> => {
    await new Promise<void>((resolve) => {
      look = () => bytes >= count && resolve();
      look();
    });
    return Buffer.concat(pieces);
  };
  return { listener: { data, lost: (loss: ConsoleLoss) => tell(loss) }, until, lost };
}

describe('a console on a serial device', () => {
  it('hands on every byte, whatever its value, in order', async () => {
    const { listener, until } = collector();
    await port.open(listener, wanted);
    const all = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7) % 256));
    pair.send(all);
    expect((await until(all.length)).equals(all)).toBe(true);
  });

  it('writes to the board', async () => {
    await port.open(collector().listener, wanted);
    await port.write(Buffer.from('{{__sync;1}}\r\n'));
    await pair.hears('{{__sync;1}}');
  });

  it('tells of every unplug, however it meets the read that is under way', async () => {
    for (let i = 0; i < 20; i++) {
      const device = await PtyPair.open();
      const plugged = new SerialConsole({ path: device.path, baudRate: 115_200 });
      const { listener, lost } = collector();
      await plugged.open(listener, wanted);
      await device.unplug();
      const loss = await lost;
      expect(loss.reason).toBe('consoleLost');
      expect(loss.message).toContain(device.path);
      await plugged.close();
    }
  });

  it('fails a write after the device is gone instead of waiting for ever', async () => {
    const { listener, lost } = collector();
    await port.open(listener, wanted);
    await pair.unplug();
    await lost;
    await expect(port.write(Buffer.from('x'))).rejects.toMatchObject({ reason: 'consoleLost' });
  });

  it('does not call it a loss when it is closed on purpose, and can be opened again', async () => {
    let losses = 0;
    const listener = { data: () => undefined, lost: () => losses++ };
    await port.open(listener, wanted);
    await port.close();
    await port.open(listener, wanted);
    await port.close();
    expect(losses).toBe(0);
  });

  it('says what to check when the device is not there', async () => {
    const none = new SerialConsole({ path: '/dev/ttyNONE', baudRate: 115_200 });
    await expect(none.open(collector().listener, wanted)).rejects.toMatchObject({
      reason: 'consoleLost',
      message: expect.stringMatching(/ttyNONE.*plugged in/s),
    });
  });

  it('refuses a device that somebody else has', async () => {
    await port.open(collector().listener, wanted);
    const second = new SerialConsole({ path: pair.path, baudRate: 115_200 });
    await expect(second.open(collector().listener, wanted)).rejects.toMatchObject({
      reason: 'consoleLost',
    });
  });
});
