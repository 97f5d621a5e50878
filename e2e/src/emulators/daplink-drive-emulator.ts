import {
  type FSWatcher,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type BusySpan, wallMs } from './busy-span.js';

/** Faults of a probe; change them at any time. */
export interface DaplinkFaults {
  /** Next flashings that fail, each with its FAIL.TXT. */
  failures: string[];
  assertion?: string;
  /** Takes the file and never shows its drive again. */
  neverRemounts?: boolean;
  /** Loses power while it flashes: the count starts anew. */
  restarts?: boolean;
  /** DETAILS.TXT has no id: only MBED.HTM tells it. */
  hidesId?: boolean;
  /** Shows another board's id after flashing. */
  idAfter?: string;
  /** Time to program, in ms. */
  programMs?: number;
  /** Takes the drive away as soon as the first byte is written. */
  vanishesOnWrite?: boolean;
}

const OWN = new Set(['DETAILS.TXT', 'MBED.HTM', 'FAIL.TXT', 'ASSERT.TXT']);
/** The probe takes a file for complete when nothing more comes for this long; 500 ms on a real one. */
const IDLE_MS = 25;

/** The drive of a DAPLink probe: a folder that goes away after a file was copied and comes back with a new count. */
export class DaplinkDriveEmulator {
  readonly mountPoint: string;
  readonly faults: DaplinkFaults = { failures: [] };
  /** What the target's flash holds. */
  flashed: Buffer | undefined;
  flashings = 0;
  remountCount = 0;
  /** Called when the target was programmed, before the drive is shown again. */
  onProgrammed: () => void = () => undefined;
  /** From the first byte of a file until the drive is shown again, once for each file. */
  readonly transfers: BusySpan[] = [];
  #begunMs: number | undefined;
  #uniqueId: string;
  #watcher: FSWatcher | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #stLink: boolean;

  constructor(mountPoint: string, uniqueId: string, { stLink = false } = {}) {
    this.mountPoint = mountPoint;
    this.#uniqueId = uniqueId;
    this.#stLink = stLink;
    mkdirSync(dirname(mountPoint), { recursive: true });
    this.mount();
  }

  mount(failure?: string): void {
    const staging = `${this.mountPoint}.staging`;
    mkdirSync(staging);
    for (const [name, text] of this.#files(failure)) writeFileSync(join(staging, name), text);
    renameSync(staging, this.mountPoint);
    this.#watcher = watch(this.mountPoint, (_, name) => this.#written(name));
  }

  unmount(): void {
    this.#watcher?.close();
    clearTimeout(this.#idle);
    rmSync(this.mountPoint, { recursive: true, force: true });
  }

  close(): void {
    this.#isClosed = true;
    this.unmount();
  }

  #files(failure: string | undefined): [string, string][] {
    const html = `<meta http-equiv="refresh" content="0; url=http://mbed.org/device/?code=${this.#uniqueId}?version=0221">`;
    const details = this.#stLink
      ? ['Version: 0221', 'Build:   Jan 12 2018 11:04:31']
      : [
          '# DAPLink Firmware - see https://mbed.com/daplink',
          ...(this.faults.hidesId ? [] : [`Unique ID: ${this.#uniqueId}`]),
          'HIC ID: 97969900',
          'Auto Reset: 0',
          'Daplink Mode: Interface',
          'Interface Version: 0257',
          `Remount count: ${this.remountCount}`,
        ];
    const files: [string, string][] = [
      ['DETAILS.TXT', `${details.join('\r\n')}\r\n`],
      ['MBED.HTM', html],
    ];
    if (failure !== undefined) files.push(['FAIL.TXT', failure]);
    if (this.faults.assertion !== undefined) files.push(['ASSERT.TXT', this.faults.assertion]);
    return files;
  }

  #written(name: string | null): void {
    if (name === null || OWN.has(name)) return;
    this.#begunMs ??= wallMs();
    if (this.faults.vanishesOnWrite) {
      this.#remount(this.faults.failures.shift());
      return;
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#complete(), IDLE_MS);
  }

  #complete(): void {
    const name = readdirSync(this.mountPoint).find((each) => !OWN.has(each));
    if (name === undefined) return;
    const bytes = readFileSync(join(this.mountPoint, name));
    // Nothing was sent but a name: the probe goes on waiting for the first sector.
    if (bytes.length === 0) return;
    this.unmount();
    const failure = this.faults.failures.shift();
    if (failure === undefined) {
      this.flashed = bytes;
      this.flashings++;
      this.onProgrammed();
    }
    if (this.faults.neverRemounts) return;
    setTimeout(() => this.#isClosed || this.#comeBack(failure), this.faults.programMs ?? 5);
  }

  #remount(failure: string | undefined): void {
    this.unmount();
    this.#comeBack(failure);
  }

  #comeBack(failure: string | undefined): void {
    this.remountCount = this.faults.restarts ? 0 : this.remountCount + 1;
    this.#uniqueId = this.faults.idAfter ?? this.#uniqueId;
    this.mount(failure);
    if (this.#begunMs !== undefined) this.transfers.push({ fromMs: this.#begunMs, toMs: wallMs() });
    this.#begunMs = undefined;
  }
}
