const BLOCK_BYTES = 512;
const PAYLOAD_BYTES = 256;
const FAMILY_RP2040 = 0xe48b_ff56;

/** A UF2 file for an RP2040 that puts `memory` at `address`. */
export function uf2File(memory: Buffer, address = 0x1000_0000): Buffer {
  const count = Math.ceil(memory.length / PAYLOAD_BYTES);
  const blocks = Array.from({ length: count }, (_, i) => {
    const block = Buffer.alloc(BLOCK_BYTES);
    const head = [0x0a32_4655, 0x9e5d_5157, 0x2000, address + i * PAYLOAD_BYTES, PAYLOAD_BYTES];
    [...head, i, count, FAMILY_RP2040].forEach((word, at) => {
      block.writeUInt32LE(word, at * 4);
    });
    memory.copy(block, 32, i * PAYLOAD_BYTES);
    block.fill(0, 32 + PAYLOAD_BYTES);
    block.writeUInt32LE(0x0ab1_6f30, BLOCK_BYTES - 4);
    return block;
  });
  return Buffer.concat(blocks);
}
