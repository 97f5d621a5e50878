import { access, constants, lstat, stat } from 'node:fs/promises';
import { parseOrThrow } from '@greenrack/farm-protocol';
import type {
  AbsentPart,
  BreakSender,
  ConsolePart,
  PartMaker,
  ResetFollower,
} from '../../contracts/board-part.js';
import type { ConsoleListener, ConsoleLoss } from '../../contracts/console.js';
import { RunFault } from '../../contracts/run-fault.js';
import { DeadlineError, messageOf, within } from '../../deadline.js';
import { pathChanges } from '../watch/path-changes.js';
import { untilFound } from '../watch/until-found.js';
import { type SerialParams, serialParamsSchema } from './port-params.js';
import { SerialConsole } from './serial-console.js';

const CURE = 'Check that the board is plugged in, and the path against `greenrack boards scan`.';

/**
 * A board's serial port. Waits for a device that is still to appear, and follows one that vanishes when the board is
 * reset: what is printed before the device is back is lost in the board, not here.
 */
export class SerialPortConsole implements ConsolePart, BreakSender, ResetFollower {
  readonly #params: SerialParams;
  /** In this session; it stays across resets. */
  #baudRate: number;
  #session: AbortController | undefined;
  #serial: Promise<SerialConsole> | undefined;
  #vanished: () => void = () => undefined;

  constructor(params: SerialParams) {
    this.#params = params;
    this.#baudRate = params.baudRate;
  }

  async check(): Promise<string | AbsentPart> {
    const { path, baudRate, vanishesAtReset } = this.#params;
    try {
      await access(path, constants.R_OK | constants.W_OK);
      return `${path} at ${baudRate} baud`;
    } catch (error) {
      // A chip that runs no firmware yet shows no port; whether it is plugged in is for the flasher to tell.
      if (vanishesAtReset && codeOf(error) === 'ENOENT')
        return { absent: `${path} is not there now: it comes with the firmware` };
      const rights = codeOf(error) === 'EACCES';
      const cure = rights ? 'Add the user of the agent to the group dialout.' : CURE;
      throw new RunFault('consoleLost', `${path}: ${messageOf(error)}. ${cure}`, error);
    }
  }

  /** A device that was plugged in again has a new node, and its name is a new link. */
  async presence(): Promise<string> {
    const { path, vanishesAtReset } = this.#params;
    if (vanishesAtReset) return 'comes and goes';
    const [link, node] = await Promise.all([lstat(path, { bigint: true }), stat(path)]);
    return `${link.ino}:${link.ctimeNs}:${node.rdev}:${node.ino}`;
  }

  async open(
    listener: ConsoleListener,
    signal: AbortSignal,
    baudRate = this.#params.baudRate,
  ): Promise<void> {
    this.#baudRate = baudRate;
    const session = new AbortController();
    this.#session = session;
    const opening = this.#connect(listener, AbortSignal.any([signal, session.signal]));
    this.#serial = opening;
    await opening;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await (await this.#opened()).write(bytes);
  }

  async sendBreak(durationMs: number, ends?: () => void): Promise<void> {
    await (await this.#opened()).sendBreak(durationMs, ends);
  }

  async settle(signal: AbortSignal): Promise<void> {
    await (await this.#opened()).settle(signal);
  }

  async acrossReset(
    reset: (begins: () => void) => Promise<void>,
    begins: () => void = () => undefined,
  ): Promise<void> {
    const { path, vanishesAtReset, appearMs } = this.#params;
    if (!vanishesAtReset || !this.#session) return await reset(begins);
    const gone = new Promise<void>((resolve) => {
      this.#vanished = () => {
        begins();
        resolve();
      };
    });
    await reset(() => undefined);
    try {
      await within(appearMs, `${path} to vanish at the reset`, gone);
    } catch (error) {
      const cure = 'Correct console.vanishesAtReset, or the kind of reset.';
      throw new RunFault('boardStartFailed', `${messageOf(error)}. ${cure}`, error);
    }
    await this.#opened();
  }

  async close(): Promise<void> {
    this.#session?.abort(new RunFault('consoleLost', `${this.#params.path} was closed.`));
    this.#session = undefined;
    const serial = this.#serial;
    this.#serial = undefined;
    // One that could not be opened was reported by `open` or as lost.
    await (await serial?.catch(() => undefined))?.close();
  }

  async #opened(): Promise<SerialConsole> {
    if (!this.#serial) throw new RunFault('consoleLost', `${this.#params.path} is not open.`);
    return await this.#serial;
  }

  async #connect(listener: ConsoleListener, signal: AbortSignal): Promise<SerialConsole> {
    const { path } = this.#params;
    const there = async (): Promise<true | undefined> =>
      await access(path).then(
        () => true as const,
        () => undefined,
      );
    await this.#untilThere(there, signal);
    return await this.#openPort(listener, signal);
  }

  async #openPort(listener: ConsoleListener, signal: AbortSignal): Promise<SerialConsole> {
    const { path } = this.#params;
    const serial = new SerialConsole({ path, baudRate: this.#baudRate });
    const session = this.#session;
    const lost = (loss: ConsoleLoss): void => {
      if (session === undefined || this.#session !== session) return;
      if (this.#params.vanishesAtReset) this.#follow(listener, { session, loss });
      else listener.lost(loss);
    };
    await serial.open({ data: (bytes) => listener.data(bytes), lost }, signal);
    return serial;
  }

  /** Writes that come meanwhile wait for the device too. */
  #follow(
    listener: ConsoleListener,
    { session, loss }: { session: AbortController; loss: ConsoleLoss },
  ): void {
    const back = this.#reopened(listener, session.signal);
    this.#serial = back;
    this.#vanished();
    back.catch((error: unknown) => {
      if (this.#session !== session) return;
      const message = `${loss.message} It did not come back: ${messageOf(error)}`;
      listener.lost({ ...loss, message });
    });
  }

  /** A name outlives its device by a moment: a port that is there and cannot be opened is waited for too. */
  async #reopened(listener: ConsoleListener, signal: AbortSignal): Promise<SerialConsole> {
    let last = '';
    const look = async (): Promise<SerialConsole | undefined> =>
      await this.#openPort(listener, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        last = ` Last try: ${messageOf(error)}`;
        return undefined;
      });
    return await this.#untilThere(look, signal).catch((error: unknown) => {
      if (!(error instanceof RunFault)) throw error;
      throw new RunFault(error.reason, `${error.message}${last}`, error);
    });
  }

  async #untilThere<T>(look: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
    const { path, appearMs: ms } = this.#params;
    try {
      return await untilFound([pathChanges(path)], look, { what: `${path} to appear`, ms, signal });
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw new RunFault('consoleLost', `${error.message}. ${CURE}`, error);
    }
  }
}

function codeOf(error: unknown): unknown {
  return Object(error).code;
}

export const maker: PartMaker<ConsolePart> = {
  create: (params, { where }) =>
    new SerialPortConsole(parseOrThrow(serialParamsSchema, params, 'board_fault', where)),
};
