import {
  existsSync,
  type FSWatcher,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * A block of a UF2 file (512 bytes, numbers little-endian):
 *
 *   0 magic  4 magic  8 flags  12 address  16 payload bytes  20 block number  24 number of blocks  32 payload …
 */
const BLOCK_BYTES = 512;
const PAYLOAD_AT = 32;

/** The drive of a UF2 boot loader: it goes when the last block has come, and the firmware starts. */
export class Uf2DriveEmulator {
  readonly mountPoint: string;
  /** `Board-ID` of INFO_UF2.TXT. */
  boardId = 'RPI-RP2';
  /** The file as it was written last. */
  taken: Buffer | undefined;
  #watcher: FSWatcher | undefined;
  readonly #start: (memory: Buffer) => Promise<void>;

  /** @param start - gets the memory that the file describes, from its lowest address on */
  constructor(mountPoint: string, start: (memory: Buffer) => Promise<void>) {
    this.mountPoint = mountPoint;
    this.#start = start;
    mkdirSync(dirname(mountPoint), { recursive: true });
  }

  /** The board starts into its boot loader. */
  mount(): void {
    const staging = `${this.mountPoint}.staging`;
    mkdirSync(staging);
    const info = `UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: ${this.boardId}\r\n`;
    writeFileSync(join(staging, 'INFO_UF2.TXT'), info);
    renameSync(staging, this.mountPoint);
    this.#watcher = watch(this.mountPoint, (_, name) => this.#written(name));
  }

  unmount(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    rmSync(this.mountPoint, { recursive: true, force: true });
  }

  #written(name: string | null): void {
    const path = join(this.mountPoint, name ?? '');
    if (!name?.endsWith('.uf2') || !existsSync(path)) return;
    const file = readFileSync(path);
    if (file.length < BLOCK_BYTES || file.length < file.readUInt32LE(24) * BLOCK_BYTES) return;
    this.taken = file;
    this.unmount();
    void this.#start(memoryOf(file));
  }
}

function memoryOf(file: Buffer): Buffer {
  const blocks = Array.from({ length: file.length / BLOCK_BYTES }, (_, i) =>
    file.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES),
  );
  const base = Math.min(...blocks.map((block) => block.readUInt32LE(12)));
  const memory = Buffer.alloc(blocks.length * BLOCK_BYTES);
  for (const block of blocks) {
    const payload = block.subarray(PAYLOAD_AT, PAYLOAD_AT + block.readUInt32LE(16));
    payload.copy(memory, block.readUInt32LE(12) - base);
  }
  return memory;
}
