import { WIFI_STATION_FIXTURE, withoutInstrument } from './without-instrument.js';

/** The board opens a Wi-Fi access point; the host joins it and pings the board. */
export const softapBasic = withoutInstrument('softap_basic', WIFI_STATION_FIXTURE, 'a Wi-Fi card');
