import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf, within } from '../deadline.js';
import { FrameSplitter, withLength } from '../ethernet/frame-stream.js';

/** Node.js has no packet sockets; Python's standard library has. */
const PROGRAM = fileURLToPath(new URL('../../tools/packet-socket.py', import.meta.url));
const START_MS = 10_000;
const MAX_STDERR_CHARS = 2000;
/** Frames for a card that takes none are lost, as on any network. */
const MAX_UNSENT_BYTES = 256 * 1024;

export interface PacketSocketOptions {
  /** Name of the network card, such as `eth0`. */
  readonly nic: string;
  /** What the program is run with, such as `ip netns exec lab`. Default nothing. */
  readonly prefix?: readonly string[];
  received(frame: Buffer): void;
}

/** Sends and receives Ethernet CTP frames on a network card, through a child process that dies with us. */
export class PacketSocket {
  /** Resolves with the reason when the card is lost, and after `close`. Never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #mac: Buffer | undefined;
  #greeted: (() => void) | undefined;

  private constructor({ nic, prefix = [], received }: PacketSocketOptions) {
    const command = [...prefix, 'python3', PROGRAM, nic];
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // It ends with the process, which tells why.
    this.#child.stdin?.on('error', () => undefined);
    this.ended = this.#watchEnd();
    this.#hear(received);
  }

  /** @throws Error that says what to do */
  static async open(options: PacketSocketOptions): Promise<PacketSocket> {
    const socket = new PacketSocket(options);
    const greeted = new Promise<undefined>((resolve) => {
      socket.#greeted = () => resolve(undefined);
    });
    try {
      const first = Promise.race([greeted, socket.ended]);
      const why = await within(START_MS, 'start of the packet socket', first);
      if (why !== undefined) throw new Error(why);
      return socket;
    } catch (error) {
      await socket.close();
      throw new Error(
        `Ethernet CTP on ${options.nic}: ${messageOf(error)}. GREENRACK_CTP_INTERFACE must name a card that \`ip link\` ` +
          'shows, the agent needs CAP_NET_RAW, and python3 must be installed',
      );
    }
  }

  /** Address of the card. */
  get mac(): Buffer {
    if (!this.#mac) throw new Error('the packet socket is not open');
    return this.#mac;
  }

  send(frame: Buffer): void {
    const { stdin } = this.#child;
    if (stdin?.writable && stdin.writableLength < MAX_UNSENT_BYTES) stdin.write(withLength(frame));
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #hear(received: (frame: Buffer) => void): void {
    const splitter = new FrameSplitter();
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      for (const frame of splitter.push(bytes)) {
        if (this.#mac) received(frame);
        else {
          this.#mac = Buffer.from(frame);
          this.#greeted?.();
        }
      }
    });
  }

  #watchEnd(): Promise<string> {
    let said = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MAX_STDERR_CHARS);
    });
    return new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) =>
        resolve(said.trim() || `ended (${signal ?? code})`),
      );
    });
  }
}
