/*
 * Ethernet frames on a stream of bytes, as QEMU's socket networks carry them:
 *
 *   ┌──────────────┬──────────────────────┬──────────────┬──────── …
 *   │ length, BE32 │ frame without its FCS │ length, BE32 │ frame  …
 *   └──────────────┴──────────────────────┴──────────────┴──────── …
 */
const PREFIX_BYTES = 4;
/** QEMU's own limit for a packet (`NET_BUFSIZE`): more is not a length but a stream out of step. */
export const MAX_STREAM_FRAME_BYTES = 69_632;

/** Cuts a stream into frames. Holds at most one frame that is not complete. */
export class FrameSplitter {
  #pending: Buffer = Buffer.alloc(0);

  /** The frames that `bytes` complete, in order. @throws Error when the stream is out of step; then it is of no more use. */
  push(bytes: Buffer): Buffer[] {
    let rest = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const frames: Buffer[] = [];
    while (rest.length >= PREFIX_BYTES) {
      const length = rest.readUInt32BE(0);
      if (length > MAX_STREAM_FRAME_BYTES)
        throw new Error(`a frame of ${length} bytes was announced`);
      if (rest.length < PREFIX_BYTES + length) break;
      frames.push(rest.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
      rest = rest.subarray(PREFIX_BYTES + length);
    }
    this.#pending = rest;
    return frames;
  }
}

/** A frame as it goes onto the stream. */
export function withLength(frame: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + frame.length);
  bytes.writeUInt32BE(frame.length, 0);
  bytes.set(frame, PREFIX_BYTES);
  return bytes;
}
