import { USB_DEVICE_FIXTURE, withoutInstrument } from './without-instrument.js';

/** The board shows itself as a CDC serial port; the host opens it and sends data through it. */
export const usbDeviceSerial = withoutInstrument(
  'usb_device_serial',
  USB_DEVICE_FIXTURE,
  "a serial port of the board's own USB",
);
