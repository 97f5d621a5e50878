import { readdirSync, readFileSync } from 'node:fs';

/** Pids of emulators whose command line mentions `text`. */
export function emulatorsOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.startsWith('qemu-system-arm') && line.includes(text);
      } catch {
        // It ended while we looked.
        return false;
      }
    })
    .map(Number);
}
