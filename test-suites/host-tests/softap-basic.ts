import type { HostTest, HostTestContext, WifiStation } from '@greenrack/farm-protocol';
import { conversation, receive, type Script, shown } from './conversation.js';
import { WIFI_STATION_FIXTURE } from './fixtures.js';

/** What the firmware is built with (`softap-ssid` and so on of its mbed_app.json) and has set as its own address. */
const NETWORK = { ssid: 'MBEDSoftAPTest', password: 'abcd1234' };
const BOARD_ADDRESS = '192.168.10.1';
/** Scan, association and DHCP; within the 150 s that the firmware gives the whole test. */
const JOIN_MS = 60_000;
const PING_MS = 5000;

async function* serve(context: HostTestContext): Script {
  for (;;) {
    const { key, value } = yield* receive('get_os_type', 'softap');
    if (key === 'get_os_type') await context.send('os_type', 'Linux');
    else {
      const why = value === 'up' ? await visit(context) : `unknown event ${shown(value)}`;
      if (why !== undefined) context.note(`softap: ${why}`);
      await context.send(why === undefined ? 'passed' : 'failed', '0');
    }
  }
}

/** Joins the board's network and pings it. Answers what went wrong, or undefined. */
async function visit(context: HostTestContext): Promise<string | undefined> {
  const wifi = context.instruments['wifi-station'];
  const join = await wifi.join(NETWORK, JOIN_MS);
  if (join.how === 'refused') return `${NETWORK.ssid} cannot be joined: ${join.detail}`;
  const why = await ping(wifi, join.address);
  await wifi.leave();
  return why;
}

async function ping(wifi: WifiStation, ownAddress: string): Promise<string | undefined> {
  if (await wifi.ping(BOARD_ADDRESS, PING_MS)) return undefined;
  return `${BOARD_ADDRESS} does not answer ${ownAddress} within ${PING_MS} ms`;
}

/** The board opens a Wi-Fi access point; the host joins it, gets an address and pings the board. */
export const softapBasic: HostTest = {
  name: 'softap_basic',
  needs: [WIFI_STATION_FIXTURE],
  start: (context) => conversation(context, serve(context)),
};
