import type { Crash } from '@greenrack/farm-protocol';

/** Code addresses in a crash report, as the report names them. */
export interface CrashAddress {
  readonly name: 'PC' | 'LR' | 'Location';
  /** As printed, without the mark of Thumb code: hex digits in lower case. */
  readonly address: number;
  /** Where to look: LR is where execution would go on, and the call stands before it. */
  readonly lookUp: number;
}

/*
 * Register dump of Mbed's fault handler, and the block after it:
 *   PC   : 00000412                LR   : 0000082D
 *   Location: 0x412
 */
const REGISTER = /^\s*(PC|LR)\s*:\s*(?:0x)?([0-9a-fA-F]{1,8})\s*$/;
const LOCATION = /^0x([0-9a-fA-F]{1,8})$/;
/** What the core puts into LR when it enters an exception: no place in the code. */
const EXCEPTION_RETURN = 0xff000000;

/** The first of each name; those that are no places in code are left out. */
export function crashAddresses({ lines, location }: Crash): CrashAddress[] {
  const found = new Map<CrashAddress['name'], CrashAddress>();
  const add = (name: CrashAddress['name'], digits: string | undefined): void => {
    const value = Number.parseInt(digits ?? '', 16);
    if (found.has(name) || Number.isNaN(value) || value === 0 || value >= EXCEPTION_RETURN) return;
    const address = value - (value % 2);
    found.set(name, { name, address, lookUp: name === 'LR' ? address - 2 : address });
  };
  for (const line of lines) {
    const register = REGISTER.exec(line);
    if (register) add(register[1] as 'PC' | 'LR', register[2]);
  }
  add('Location', LOCATION.exec(location?.trim() ?? '')?.[1]);
  return [...found.values()];
}
