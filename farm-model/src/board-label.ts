/** A serial up to this length is shown whole; probes have 24 to 48 characters. */
const MAX_SHOWN_CHARS = 28;
/** The start says which kind of probe it is and goes on to the part that differs; the very end is often the same on all. */
const HEAD_CHARS = 20;
const TAIL_CHARS = 4;

/** What people read of a board: its name, or its serial, shortened in the middle when it is long. */
export function boardLabel({
  serial,
  name,
}: {
  readonly serial: string;
  readonly name?: string | undefined;
}): string {
  if (name !== undefined) return name;
  if (serial.length <= MAX_SHOWN_CHARS) return serial;
  return `${serial.slice(0, HEAD_CHARS)}…${serial.slice(-TAIL_CHARS)}`;
}

/** The same for the board that a run or an attempt names; empty when it names none. */
export function boardLabelOf({
  boardSerial: serial,
  boardName: name,
}: {
  readonly boardSerial: string | null;
  readonly boardName?: string | undefined;
}): string {
  return serial === null ? '' : boardLabel({ serial, name });
}
