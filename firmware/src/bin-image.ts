import type { ImageBytes } from './image-bytes.js';
import type { ParsedImage } from './load-range.js';

/*
 * Start of a Cortex-M image (Armv7-M ARM, B1.5.3 "The vector table"):
 *   0 initial stack pointer | 4 reset | 8 NMI | 12 HardFault | ...
 * Handlers are Thumb code, so their addresses are odd.
 */
const VECTOR_TABLE_BYTES = 64;
const HANDLER_OFFSETS = [4, 8, 12];
/** RAM of all Cortex-M parts: code-bus RAM from 0x10000000, SRAM from 0x20000000. */
const RAM_START = 0x10000000;
const RAM_END = 0x40000000;
/** Peripherals begin here; external flash that code runs from lies above. */
const PERIPHERALS_START = 0x40000000;
const PERIPHERALS_END = 0x60000000;
const DEVICES_START = 0xa0000000;

/** What people upload by mistake. None of these starts like a vector table. */
const STRANGERS: readonly { readonly magic: string; readonly what: string; readonly do: string }[] =
  [
    { magic: '\x1f\x8b\x08', what: 'it is a gzip archive', do: 'Upload the unpacked image.' },
    { magic: 'PK\x03\x04', what: 'it is a zip archive', do: 'Upload the unpacked image.' },
    { magic: '!<arch>\n', what: 'it is a library', do: 'Upload the linked application.' },
    { magic: '<!DOCTYPE', what: 'it is a web page', do: 'Check the link it was fetched from.' },
    { magic: '<html', what: 'it is a web page', do: 'Check the link it was fetched from.' },
    { magic: 'S0', what: 'it is an S-record file', do: 'Convert it to HEX or BIN.' },
  ];

/** A flat binary may be anything; its vector table is used when it has a believable one. */
export function parseBin(file: ImageBytes): ParsedImage {
  if (file.size === 0) {
    throw file.broken(0, 'it is empty');
  }
  refuseStrangers(file);
  const ranges = [{ address: 0, bytes: file.bytes }];
  if (!hasVectorTable(file)) {
    return { ranges };
  }
  return { ranges, machine: 'arm', entry: file.u32(4, 'the reset vector') };
}

function refuseStrangers(file: ImageBytes): void {
  const head = Buffer.from(file.bytes.subarray(0, 16)).toString('latin1');
  const stranger = STRANGERS.find(({ magic }) => head.startsWith(magic));
  if (stranger) {
    throw file.unsupported(0, stranger.what, stranger.do);
  }
}

/** Whether a flat binary begins like one for a Cortex-M. */
export function hasVectorTable(file: ImageBytes): boolean {
  if (file.size < VECTOR_TABLE_BYTES) {
    return false;
  }
  const stack = file.u32(0, 'the stack pointer');
  const inRam = stack % 4 === 0 && stack > RAM_START && stack <= RAM_END;
  return inRam && HANDLER_OFFSETS.every((offset) => isHandler(file.u32(offset, 'a vector')));
}

function isHandler(vector: number): boolean {
  const address = vector - 1;
  const inPeripherals = address >= PERIPHERALS_START && address < PERIPHERALS_END;
  return vector % 2 === 1 && !inPeripherals && address < DEVICES_START;
}
