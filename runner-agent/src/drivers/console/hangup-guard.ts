import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { SerialPort } from 'serialport';
import { z } from 'zod';

/*
 * A read from a serial device that was unplugged answers 0 bytes at once, every time (tty_hangup in Linux). The binding
 * of serialport 13 takes 0 for "nothing yet" and reads again: a core at 100 % and no 'close' event, in about one of
 * ten unplugs, whenever the read comes before the poller's error. On a device with VMIN 1, as it is opened, a read
 * without data fails with EAGAIN, so 0 can only mean that the device is gone.
 */
const readAsync = promisify(read);

/** The parts of serialport's binding that a read needs; they are public but not in its declared interface. */
const bindingSchema = z.object({
  fd: z.number(),
  poller: z.custom<Poller>((value) => typeof value === 'object' && value !== null),
});
interface Poller {
  once(event: 'readable', listener: (error: Error | null) => void): void;
}

type Binding = NonNullable<SerialPort['port']>;

/** Makes reads of `port` fail when its device is gone, so that it closes. Call it before anybody listens for data. */
export function endReadsOnHangup(port: SerialPort): void {
  port.once('open', () => {
    const binding = port.port;
    if (!binding) return;
    const { fd, poller } = bindingSchema.parse(binding);
    binding.read = async (buffer, offset, length) => {
      const bytesRead = await readSome(binding, { fd, poller }, { buffer, offset, length });
      return { buffer, bytesRead };
    };
  });
}

interface Space {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
}

async function readSome(
  binding: Binding,
  { fd, poller }: { fd: number; poller: Poller },
  { buffer, offset, length }: Space,
): Promise<number> {
  while (binding.isOpen) {
    try {
      const { bytesRead } = await readAsync(fd, buffer, offset, length, null);
      if (bytesRead > 0) return bytesRead;
      throw new Error('the device was hung up');
    } catch (error) {
      if (!isEmpty(error)) throw error;
    }
    // The port may have been closed while the read was in the thread pool: its poller is gone then.
    if (binding.isOpen) await readable(poller);
  }
  throw Object.assign(new Error('the port was closed'), { canceled: true });
}

function isEmpty(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'EAGAIN' || error.code === 'EINTR';
}

async function readable(poller: Poller): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    poller.once('readable', (error) => (error ? reject(error) : resolve())),
  );
}
