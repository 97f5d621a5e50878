import { USB_DEVICE_FIXTURE, withoutInstrument } from './without-instrument.js';

/** The board shows itself as a HID device; the host reads its descriptors and exchanges reports. */
export const usbDeviceHid = withoutInstrument(
  'usb_device_hid',
  USB_DEVICE_FIXTURE,
  'raw HID reports',
);
