import { ChildChanges } from './child-changes.js';
import type { ChangeSource } from './until-found.js';

const COMMAND = ['findmnt', '--poll', '-n', '-o', 'ACTION,TARGET'];

/**
 * Tells when anything was mounted or unmounted. The kernel announces that only to a poll of /proc/self/mountinfo, which
 * Node cannot do: findmnt (util-linux) does it for us. One for the whole process: boards share it.
 */
export const mountChanges: ChangeSource = new ChildChanges(COMMAND);
