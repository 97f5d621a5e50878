const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MARK = 0x3f;
/** With a byte of 0x80 to 0x9f behind it, UTF-8 for the control characters of the upper half. */
const CONTROL_LEAD = 0xc2;

/**
 * Makes a filter for one stream of console bytes on a terminal: control characters of the firmware become `?`, so that
 * none can drive the terminal. The stream may be cut anywhere.
 */
export function terminalSafe(): (piece: Uint8Array) => Uint8Array {
  let before = 0;
  return (piece) =>
    piece.map((byte) => {
      const isControl = isControlByte(byte) || (before === CONTROL_LEAD && isContinued(byte));
      before = byte;
      return isControl ? MARK : byte;
    });
}

function isControlByte(byte: number): boolean {
  const isText = byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN;
  return (byte < 0x20 && !isText) || byte === 0x7f;
}

/** Alone such a byte is no UTF-8, and no terminal of today listens to it. */
const isContinued = (byte: number): boolean => byte >= 0x80 && byte <= 0x9f;
