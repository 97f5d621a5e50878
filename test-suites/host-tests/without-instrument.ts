import type { HostTest } from '@greenrack/farm-protocol';

/** Fixture of a board whose own USB port is cabled to the agent. */
export const USB_DEVICE_FIXTURE = 'usb-device';
/** Fixture of a board whose agent has a Wi-Fi card to spare. */
export const WIFI_STATION_FIXTURE = 'wifi-station';

/**
 * A host test that works an instrument which this version cannot work. Without the fixture the run is blocked; with
 * it the run ends as a fault of the farm that says so, never as a verdict on the code.
 */
export function withoutInstrument(name: string, fixture: string, instrument: string): HostTest {
  return {
    name,
    needs: [fixture],
    start: () => {
      throw new Error(`this version of Greenrack cannot work ${instrument}`);
    },
  };
}
