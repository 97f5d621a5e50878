import type { Console, ConsoleListener, ConsoleLoss } from '../../contracts/console.js';
import { RunFault } from '../../contracts/run-fault.js';
import { within } from '../../deadline.js';
import { SerialConsole } from '../console/serial-console.js';
import type { QemuEmulator } from './qemu-emulator.js';
import { EXIT_MS, lossOf } from './qemu-exit.js';
import { ReceiverNudge } from './receiver-nudge.js';

const BAUD_RATE = 115_200;

/** Console of the emulator that `current` answers with. */
export class QemuConsole implements Console {
  readonly #current: () => QemuEmulator | undefined;
  #serial: SerialConsole | undefined;
  #nudge: ReceiverNudge | undefined;

  constructor(current: () => QemuEmulator | undefined) {
    this.#current = current;
  }

  async open(listener: ConsoleListener, signal: AbortSignal): Promise<void> {
    const emulator = this.#current();
    if (!emulator) throw new RunFault('consoleLost', 'The board has no power.');
    const serial = new SerialConsole({ path: emulator.ptyPath, baudRate: BAUD_RATE });
    this.#serial = serial;
    this.#nudge = new ReceiverNudge(async () => await emulator.wake());
    emulator.onGuestReset = () => {
      if (this.#serial === serial) listener.restarted?.();
    };
    const lost = this.#lossReporter(serial, emulator, listener);
    await serial.open({ data: (bytes) => listener.data(bytes), lost }, signal);
    // A killed emulator does not always close its pty in a way that we see.
    void emulator.exited.then(() =>
      lost({ reason: 'emulatorExited', message: 'The emulator is gone.' }),
    );
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#serial) throw new RunFault('consoleLost', 'The console is not open.');
    await this.#serial.write(bytes);
    this.#nudge?.wrote();
  }

  /** Takes back what the firmware has not read: after a reset it is not meant for it. */
  async dropInput(): Promise<void> {
    await this.#serial?.discardOutput();
  }

  async close(): Promise<void> {
    const serial = this.#serial;
    this.#serial = undefined;
    this.#nudge?.stop();
    this.#nudge = undefined;
    await serial?.close();
  }

  /** Tells the listener of the first loss only, and only while this console is open. */
  #lossReporter(serial: SerialConsole, emulator: QemuEmulator, listener: ConsoleListener) {
    let told = false;
    return (loss: ConsoleLoss): void => {
      if (told || this.#serial !== serial) return;
      told = true;
      void explain(loss, emulator).then((why) => {
        if (this.#serial === serial) listener.lost(why);
      });
    };
  }
}

async function explain(loss: ConsoleLoss, emulator: QemuEmulator): Promise<ConsoleLoss> {
  try {
    return lossOf(await within(EXIT_MS, 'end of the emulator', emulator.exited));
  } catch {
    // Still running: then it is the port that went, as the loss says.
    return loss;
  }
}
