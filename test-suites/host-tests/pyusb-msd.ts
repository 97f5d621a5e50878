import { USB_DEVICE_FIXTURE, withoutInstrument } from './without-instrument.js';

/** The board shows itself as a USB drive; the host mounts it and looks at its files. */
export const pyusbMsd = withoutInstrument(
  'pyusb_msd',
  USB_DEVICE_FIXTURE,
  'a USB drive of the board',
);
