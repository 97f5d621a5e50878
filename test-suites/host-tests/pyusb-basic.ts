import { USB_DEVICE_FIXTURE, withoutInstrument } from './without-instrument.js';

/** USB control, bulk and interrupt transfers with the board's own USB port. */
export const pyusbBasic = withoutInstrument('pyusb_basic', USB_DEVICE_FIXTURE, 'raw USB transfers');
