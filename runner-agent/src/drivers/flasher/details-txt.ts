/*
 * DETAILS.TXT of a DAPLink drive (DAPLink, source/daplink/drag-n-drop/vfs_user.c): comment lines, then `name: value`,
 * lines end with CR LF.
 *
 *   # DAPLink Firmware - see https://mbed.com/daplink
 *   Unique ID: 0240000034544e45001a00018aa900292011000097969900
 *   HIC ID: 97969900
 *   Daplink Mode: Interface
 *   Interface Version: 0257
 *   Remount count: 3
 *
 * ST-Link drives have `Version:` and `Build:` only.
 */

export interface DaplinkDetails {
  /** 48 hex digits, lower case; the first four are the detect code. */
  readonly uniqueId?: string;
  /** Grows by one whenever the probe shows its drive anew; starts at 0 when the probe gets power. */
  readonly remountCount?: number;
  readonly interfaceVersion?: string;
  /** `Interface`, or `Bootloader` while the probe waits for firmware of its own. */
  readonly mode?: string;
}

export function parseDetails(text: string): DaplinkDetails {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (line.startsWith('#') || colon < 0) continue;
    fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const uniqueId = fields.get('unique id')?.toLowerCase();
  const count = fields.get('remount count') ?? '';
  const interfaceVersion = fields.get('interface version');
  const mode = fields.get('daplink mode');
  return {
    ...(uniqueId !== undefined && /^[0-9a-f]{4,64}$/.test(uniqueId) ? { uniqueId } : {}),
    ...(/^\d{1,10}$/.test(count) ? { remountCount: Number(count) } : {}),
    ...(interfaceVersion === undefined ? {} : { interfaceVersion }),
    ...(mode === undefined ? {} : { mode }),
  };
}

/** Who is to blame for a failed flash, as newer firmware says in FAIL.TXT; `unknown` from older ones. */
export interface DaplinkFailure {
  readonly message: string;
  readonly type: string;
}

/** FAIL.TXT: `error: text` and `type: transient`, or one line of text from old firmware. */
export function parseFailure(text: string): DaplinkFailure {
  const message = /^error: *(.+?)\r?$/m.exec(text)?.[1] ?? text.trim();
  const type = /^type: *(.+?)\r?$/m.exec(text)?.[1] ?? 'unknown';
  return { message: message.slice(0, 500), type: type.slice(0, 60) };
}
