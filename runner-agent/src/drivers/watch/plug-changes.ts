import { pathChanges } from './path-changes.js';
import type { ChangeSource } from './until-found.js';

/** Tells when a board with a serial port was plugged in or out: udev names it in this folder, and takes the name away. */
export const plugChanges = (root = '/'): ChangeSource => pathChanges(`${root}dev/serial/by-id`);
