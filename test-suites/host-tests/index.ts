import type { HostTest } from '@greenrack/farm-protocol';
import { crashReporting } from './crash-reporting.js';
import { defaultAlias, defaultAuto } from './default-auto.js';
import { devNullAuto } from './dev-null-auto.js';
import { deviceEcho } from './device-echo.js';
import { echo } from './echo.js';
import { helloAuto } from './hello-auto.js';
import { networkBench } from './network-bench.js';
import { pyusbBasic } from './pyusb-basic.js';
import { pyusbMsd } from './pyusb-msd.js';
import { resetReason } from './reset-reason.js';
import { rtcAuto } from './rtc-auto.js';
import { rtcCalcAuto } from './rtc-calc-auto.js';
import { rtcReset } from './rtc-reset.js';
import { serialComms } from './serial-comms.js';
import { softapBasic } from './softap-basic.js';
import { syncOnReset } from './sync-on-reset.js';
import { systemReset } from './system-reset.js';
import { timingDriftAuto } from './timing-drift-auto.js';
import { trngReset } from './trng-reset.js';
import { unexpectedReset } from './unexpected-reset.js';
import { usbDeviceHid } from './usb-device-hid.js';
import { usbDeviceSerial } from './usb-device-serial.js';
import { waitUsAuto } from './wait-us-auto.js';
import { watchdogReset } from './watchdog-reset.js';

const HOST_TESTS: readonly HostTest[] = [
  defaultAuto,
  defaultAlias,
  echo,
  deviceEcho,
  serialComms,
  helloAuto,
  devNullAuto,
  crashReporting,
  networkBench,
  pyusbBasic,
  pyusbMsd,
  resetReason,
  rtcAuto,
  rtcCalcAuto,
  rtcReset,
  softapBasic,
  syncOnReset,
  systemReset,
  timingDriftAuto,
  trngReset,
  unexpectedReset,
  usbDeviceHid,
  usbDeviceSerial,
  waitUsAuto,
  watchdogReset,
];

/** Every host test of this version, by the name that firmware asks for. */
export function createHostTests(): ReadonlyMap<string, HostTest> {
  return new Map(HOST_TESTS.map((test) => [test.name, test]));
}
