import * as FatFs from 'js-fatfs';

const BLOCK_BYTES = 512;

/** A FAT volume as ChaN's FatFs sees it: somebody else's reader. */
export class FatVolume {
  readonly bytes: Buffer;
  readonly #reader: Promise<FatFs.FatFs>;

  constructor(size: number) {
    this.bytes = Buffer.alloc(size);
    this.#reader = FatFs.create({ diskio: diskOf(this.bytes) });
  }

  /** All files of the root directory by their names. @throws Error when the volume is not in order */
  async files(): Promise<Map<string, Buffer>> {
    const ff = await this.#reader;
    const [volume, dir, info] = [FatFs.sizeof_FATFS, FatFs.sizeof_DIR, FatFs.sizeof_FILINFO].map(
      (size) => ff.malloc(size),
    ) as [number, number, number];
    check('mounting', ff.f_mount(volume, '', 1));
    check('opening the directory', ff.f_opendir(dir, '/'));
    const files = new Map<string, Buffer>();
    for (;;) {
      check('reading the directory', ff.f_readdir(dir, info));
      const name = ff.FILINFO_fname(info);
      if (name === '') break;
      files.set(name, readFile(ff, name));
    }
    check('unmounting', ff.f_unmount(''));
    for (const pointer of [volume, dir, info]) ff.free(pointer);
    return files;
  }
}

function readFile(ff: FatFs.FatFs, name: string): Buffer {
  const file = ff.malloc(FatFs.sizeof_FIL);
  check(name, ff.f_open(file, name, FatFs.FA_READ));
  const size = ff.f_size(file);
  const into = ff.malloc(size + 8);
  check(name, ff.f_read(file, into + 8, size, into));
  const bytes = Buffer.from(ff.HEAPU8.subarray(into + 8, into + 8 + size));
  check(name, ff.f_close(file));
  ff.free(into);
  ff.free(file);
  return bytes;
}

function check(what: string, result: number): void {
  if (result !== FatFs.FR_OK) throw new Error(`${what}: FatFs answers ${result}`);
}

function diskOf(bytes: Buffer): FatFs.DiskIO {
  return {
    initialize: () => 0,
    status: () => 0,
    read(ff, _drive, into, sector, count) {
      ff.HEAPU8.set(bytes.subarray(sector * BLOCK_BYTES, (sector + count) * BLOCK_BYTES), into);
      return FatFs.RES_OK;
    },
    write: () => FatFs.RES_WRPRT,
    ioctl(ff, _drive, command, into) {
      if (command !== FatFs.GET_SECTOR_SIZE) return FatFs.RES_PARERR;
      ff.setValue(into, BLOCK_BYTES, 'i16');
      return FatFs.RES_OK;
    },
  };
}
