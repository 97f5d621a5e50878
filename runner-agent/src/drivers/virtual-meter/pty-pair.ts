import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** A pseudo-terminal held by `script` (util-linux): a serial device whose other end is this process. */
export class PtyPair {
  readonly path: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #heard = Buffer.alloc(0);
  #isUnplugged = false;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, path: string) {
    this.#child = child;
    this.path = path;
    child.stdout.on('data', (bytes: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
    });
  }

  static async open(): Promise<PtyPair> {
    const inner = 'stty raw -echo; echo "<$(tty)>"; exec sleep infinity';
    const script = ['--pdeathsig', 'KILL', '--', 'script', '-qfc', inner, '/dev/null'];
    const child = spawn('setpriv', script, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    while (!said.includes('>')) said += String((await once(child.stdout, 'data'))[0]);
    const path = /<(.*)>/.exec(said)?.[1];
    if (path === undefined) throw new Error(`no terminal: ${said}`);
    return new PtyPair(child, path);
  }

  /** Sends bytes to whoever has the device open. */
  send(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  /** What was sent and nobody has taken yet, beyond what the kernel holds. */
  get pendingBytes(): number {
    return this.#child.stdin.writableLength;
  }

  /** Resolves when what was sent is on its way, or has gone with the device. */
  async drained(): Promise<void> {
    if (!this.#child.stdin.writableNeedDrain) return;
    await once(this.#child.stdin, 'drain').catch((error: unknown) => {
      if (!this.#isUnplugged) throw error;
    });
  }

  /** Hands on whatever is written to the device. */
  onBytes(listener: (bytes: Buffer) => void): void {
    this.#child.stdout.on('data', listener);
  }

  /** Resolves when something more is written to the device. */
  async nextBytes(): Promise<void> {
    await once(this.#child.stdout, 'data');
  }

  /** Resolves when `text` has been written to the device. */
  async hears(text: string): Promise<void> {
    while (!this.#heard.includes(text)) await once(this.#child.stdout, 'data');
  }

  /** From now on nothing that is written to the device is taken. */
  stopReading(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Takes the device away. */
  async unplug(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#isUnplugged = true;
    const gone = once(this.#child, 'exit');
    // What is still under way to the device goes with it.
    this.#child.stdin.on('error', () => undefined);
    this.#child.kill('SIGKILL');
    await gone;
  }
}
