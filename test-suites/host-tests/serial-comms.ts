import type { HostTest } from '@greenrack/farm-protocol';
import { sendBack } from './device-echo.js';
import { finishOnEnd } from './end-verdict.js';

/** The board drives its serial port itself; `echo_message;text` goes back, the board compares and ends. */
export const serialComms: HostTest = {
  name: 'serial_comms',
  start: (context) => ({
    onMessage: (message) =>
      message.key === 'echo_message' ? sendBack(context, message) : finishOnEnd(context, message),
  }),
};
