import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import { PtyPair } from '../pty-pair.js';
import { DaplinkDriveEmulator } from './daplink-drive-emulator.js';
import { StandInTool } from './stand-in-tool.js';

export const UNIQUE_ID = '0240000034544e45001a00018aa900292011000097969900';

/**
 * A whole board with a DAPLink probe: its drive, its serial port, and a target that really runs what was copied, in
 * QEMU. A pty has no break, so the target is reset by a stand-in for `pyocd reset` that talks to the emulated probe.
 */
export class DaplinkBoardEmulator {
  readonly dir = mkdtempSync(join(tmpdir(), 'greenrack-daplink-'));
  readonly drive = new DaplinkDriveEmulator(join(this.dir, 'media/DAPLINK'), UNIQUE_ID);
  readonly pyocd: StandInTool;
  readonly consolePath = join(this.dir, 'by-id', `usb-Arm_DAPLink_CMSIS-DAP_${UNIQUE_ID}-if01`);
  resets = 0;
  readonly #pty: PtyPair;
  readonly #server = createServer();
  #target: ChildProcess | undefined;

  private constructor(pty: PtyPair) {
    this.#pty = pty;
    mkdirSync(join(this.dir, 'by-id'));
    symlinkSync(pty.path, this.consolePath);
    const socket = join(this.dir, 'probe.sock');
    this.#server.on('connection', (connection) => {
      connection.on('data', () => void this.reset().then(() => connection.end('done')));
    });
    this.#server.listen(socket);
    const rules = [
      { when: '--version', stdout: '0.36.0\n' },
      { when: 'reset', tell: socket },
    ];
    this.pyocd = new StandInTool(this.dir, 'pyocd', rules);
    pty.onBytes((bytes) => this.#target?.stdin?.write(bytes));
  }

  static async start(): Promise<DaplinkBoardEmulator> {
    return new DaplinkBoardEmulator(await PtyPair.open());
  }

  spec(more: Record<string, unknown> = {}): BoardSpec {
    const params = {
      console: { path: this.consolePath, kind: 'serial', baudRate: 115_200 },
      flasher: { mountPoint: this.drive.mountPoint, uniqueId: UNIQUE_ID },
      reset: { kind: 'pyocd', probe: UNIQUE_ID, executable: this.pyocd.path },
      bootMs: 0,
      ...more,
    };
    const wiring = { driver: 'daplink', params };
    const target = 'FVP_MPS2_M3';
    return { serial: UNIQUE_ID, target, model: 'test', tags: [], fixtures: [], wiring };
  }

  /** Pulls nRST: the target starts anew with what its flash holds. */
  async reset(): Promise<void> {
    this.resets++;
    await this.#halt();
    const image = join(this.dir, 'flash.bin');
    writeFileSync(image, this.drive.flashed ?? Buffer.alloc(0));
    const args = ['-M', 'mps2-an385', '-no-user-config', '-nodefaults', '-display', 'none'];
    const target = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', 'qemu-system-arm', ...args]
        .concat(['-nic', 'none', '-serial', 'stdio'])
        .concat(['-device', `loader,file=${image}`]),
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    target.stdin.on('error', () => undefined);
    target.stdout.on('data', (bytes: Buffer) => this.#pty.send(bytes));
    this.#target = target;
    await once(target, 'spawn');
  }

  async close(): Promise<void> {
    await this.#halt();
    this.#server.close();
    this.drive.close();
    await this.#pty.unplug();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #halt(): Promise<void> {
    const target = this.#target;
    this.#target = undefined;
    if (!target || target.exitCode !== null || target.signalCode !== null) return;
    const gone = once(target, 'exit');
    target.kill('SIGKILL');
    await gone;
  }
}
