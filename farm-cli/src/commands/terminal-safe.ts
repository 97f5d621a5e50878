const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MARK = 0x3f;

/** Console bytes for a terminal: control characters of the firmware become `?`, so that none can drive the terminal. */
export function terminalSafe(bytes: Uint8Array): Uint8Array {
  const safe = new Uint8Array(bytes);
  safe.forEach((byte, i) => {
    const isText = byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN;
    // Bytes of 0x80 to 0x9f are controls only outside of UTF-8, where no terminal of today listens to them.
    if ((byte < 0x20 && !isText) || byte === 0x7f) safe[i] = MARK;
  });
  return safe;
}
