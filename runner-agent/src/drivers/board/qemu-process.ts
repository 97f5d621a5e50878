import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { HostLoad } from '../../contracts/host-share.js';
import { RunFault } from '../../contracts/run-fault.js';
import { messageOf, within } from '../../deadline.js';
import type { CableEnds } from '../network/frame-bridge.js';
import { CoreThread, loadOf } from './qemu-load.js';
import { QemuOutputs } from './qemu-outputs.js';
import { BOARD_CABLE_FD, NETWORK_CABLE_FD, QMP_FD } from './qemu-params.js';
import { QmpClient } from './qmp-client.js';

/** A killed process is gone within a few milliseconds unless the kernel is in trouble. */
const KILL_MS = 5000;
/** Enough for a register dump; a chatty emulator may not fill our memory. */
const MAX_STDERR_CHARS = 16 * 1024;
/** Firmware may have the emulator write as much as it likes: we read so much of it in a while, and let it wait. */
const STDERR_BUDGET_BYTES = 64 * 1024;
const STDERR_PAUSE_MS = 10;
/** That our hub has no network controller is meant; it would stand in every message about the emulator's end. */
const EXPECTED_WARNING = /^.*warning: hub 0 with no nics\n/m;

/** How the emulator ended. */
export interface QemuExit {
  /** Such as "ended with signal SIGABRT". */
  readonly how: string;
  /** The end of what it wrote to stderr. */
  readonly stderr: string;
}

/** How an emulator is started. */
export interface QemuCommand {
  readonly executable: string;
  readonly args: readonly string[];
  readonly workDir: string;
  /** Whether it gets the descriptors of a network cable. */
  readonly hasCable: boolean;
}

/** One emulator process with its control connection. */
export class QemuProcess {
  readonly qmp: QmpClient;
  /** Undefined without a network. */
  readonly cable: CableEnds | undefined;
  /** Resolves when the process is gone, or could not be started. Never rejects. */
  readonly exited: Promise<QemuExit>;
  readonly #child: ChildProcess;
  /** What firmware drove, when the emulator is told to trace it. */
  readonly outputs = new QemuOutputs();
  #core: CoreThread | undefined;
  #stderr = '';
  #heardBytes = 0;

  /**
   * Starts the emulator in `workDir`. It dies with this process, whatever kills us: setpriv asks the kernel for that.
   */
  constructor({ executable, args, workDir, hasCable }: QemuCommand) {
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', executable, ...args], {
      cwd: workDir,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(hasCable ? (['pipe', 'pipe'] as const) : [])],
    });
    this.exited = this.#watchExit();
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.qmp = new QmpClient(this.#stream(QMP_FD));
    this.cable = hasCable
      ? { board: this.#stream(BOARD_CABLE_FD), network: this.#stream(NETWORK_CABLE_FD) }
      : undefined;
  }

  /** See {@link CoreThread}. */
  get coreRanNs(): number {
    if (this.#child.pid === undefined) return 0;
    this.#core ??= new CoreThread(this.#child.pid);
    return this.#core.ranNs;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the kernel gave it so far; see {@link loadOf}. */
  get load(): HostLoad | undefined {
    return this.#child.pid === undefined ? undefined : loadOf(this.#child.pid);
  }

  /** Ends the process at once. @throws RunFault when it does not go. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    try {
      await within(KILL_MS, `end of emulator ${this.#child.pid}`, this.exited);
    } catch (error) {
      throw new RunFault('boardStartFailed', `${messageOf(error)}. Restart the machine.`, error);
    }
  }

  #hear(text: string): void {
    this.#stderr = (this.#stderr + this.outputs.take(text)).slice(-MAX_STDERR_CHARS);
    this.#heardBytes += text.length;
    const { stderr } = this.#child;
    if (this.#heardBytes < STDERR_BUDGET_BYTES) return;
    this.#heardBytes = 0;
    stderr?.pause();
    setTimeout(() => stderr?.resume(), STDERR_PAUSE_MS);
  }

  #stream(fd: number): Duplex {
    const stream = this.#child.stdio[fd];
    if (!(stream instanceof Duplex)) throw new Error(`no connection to fd ${fd} of the emulator`);
    return stream;
  }

  #watchExit(): Promise<QemuExit> {
    return new Promise((resolve) => {
      const ended = (how: string): void => {
        const stderr = this.#stderr + this.outputs.unfinished;
        resolve({ how, stderr: stderr.replace(EXPECTED_WARNING, '') });
      };
      this.#child.once('error', (error) => ended(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) => {
        const how = signal === null ? `ended with code ${code}` : `ended with signal ${signal}`;
        const stderr = this.#child.stderr;
        // Its last words may still be in the pipe.
        if (!stderr || stderr.readableEnded || signal === 'SIGKILL') ended(how);
        else stderr.once('close', () => ended(how));
      });
    });
  }
}
