import type { HostTest } from '@greenrack/farm-protocol';
import { finishOnEnd } from './end-verdict.js';

const start: HostTest['start'] = (context) => ({
  onMessage: (message) => finishOnEnd(context, message),
});

/** The firmware judges itself: `end;success` or `end;failure`. Most suites use it. */
export const defaultAuto: HostTest = { name: 'default_auto', start };
/** The older name of the same. */
export const defaultAlias: HostTest = { name: 'default', start };
