import type { OutputEdge } from '../../contracts/board-part.js';

/*
 * Outputs of an MPS2 board, as QEMU traces them on its stderr between its messages:
 *
 *   15950@1796051407.849466:mps2_fpgaio_write MPS2 FPGAIO write: offset 0x0 data 0x1 size 4
 *
 * Offset 0 is LED0, whose two bits are lines D0 and D1; 0x4c is MISC, whose bits 0 to 5 are D2 to D7.
 */
export const OUTPUT_TRACE = [
  ...['-msg', 'timestamp=on'],
  ...['-trace', 'mps2_fpgaio_write', '-trace', 'mps2_fpgaio_reset'],
];
const LINE =
  /^\d+@(\d+)\.(\d+):mps2_fpgaio_(write|reset)(?:.*offset 0x([0-9a-f]+) data 0x([0-9a-f]+))?/;
const LED = 0x00;
const MISC = 0x4c;
/** What waits to be taken; firmware that flickers faster loses edges, not the level. */
const MAX_EDGES = 10_000;
const MAX_LINE = 400;

/** Takes the trace of outputs out of what an emulator writes to stderr. */
export class QemuOutputs {
  #led = 0;
  #misc = 0;
  #rest = '';
  #edges: OutputEdge[] = [];

  /** Answers what of `text` is no trace. */
  take(text: string): string {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-MAX_LINE);
    return lines
      .filter((line) => !this.#isEdge(line))
      .map((line) => `${line}\n`)
      .join('');
  }

  /** What stands behind the last line feed. */
  get unfinished(): string {
    return this.#rest;
  }

  takeEdges(): OutputEdge[] {
    const edges = this.#edges;
    this.#edges = [];
    return edges;
  }

  #isEdge(line: string): boolean {
    const found = LINE.exec(line);
    if (!found) return false;
    const [, seconds = '', micros = '', what, offset = '0', data = '0'] = found;
    const value = Number.parseInt(data, 16);
    if (what === 'reset') this.#led = this.#misc = 0;
    else if (Number.parseInt(offset, 16) === LED) this.#led = value & 3;
    else if (Number.parseInt(offset, 16) === MISC) this.#misc = value & 63;
    else return true;
    if (this.#edges.length === MAX_EDGES) this.#edges.pop();
    const atMs = Number(seconds) * 1000 + Number(micros) / 1000;
    this.#edges.push({ atMs, lines: this.#led | (this.#misc << 2) });
    return true;
  }
}
