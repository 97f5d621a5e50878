const LINE = /^#L([1-9]\d{0,9})$/;

/** What stands in an address for a line of the console. */
export const lineHash = (number: number) => `#L${number}`;

/** Number of the line that an address names; 0 for none. */
export function lineOf(hash: string): number {
  return Number(LINE.exec(hash)?.[1] ?? 0);
}
