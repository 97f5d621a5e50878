import { ipv4Of } from '../../ethernet/ipv4-packet.js';

/** What is on the network of a virtual board; the board gets 10.0.2.15 by DHCP. */
export const LAN = {
  prefix: '10.0.2.0/24',
  /** The peers; also the gateway and the DHCP server. */
  host: '10.0.2.2',
  nameServer: '10.0.2.3',
  firstBoard: '10.0.2.15',
} as const;

export const HOST = ipv4Of(LAN.host);
export const NAME_SERVER = ipv4Of(LAN.nameServer);
const NETWORK = ipv4Of('10.0.2.0');
const LAST_OCTET = 0xff;

/** An address that a board on this network may have. */
export function isBoardAddress(address: number): boolean {
  const isInside = (address & ~LAST_OCTET) === NETWORK;
  return isInside && ![NETWORK, NETWORK + LAST_OCTET, HOST, NAME_SERVER].includes(address);
}

/** The station that answers Ethernet CTP: the agent itself. Locally administered, beside those of QEMU's network. */
export const CTP_STATION_MAC = Buffer.from([0x52, 0x55, 0x0a, 0, 2, 7]);

const SERVICES = ['echo', 'discard', 'chargen', 'daytime', 'time', 'tls'];
/** Every name that the name server knows. The last one is what stock Mbed OS tests are configured with. */
export const HOST_NAMES: readonly string[] = [
  ...SERVICES.map((service) => `${service}.greenrack.test`),
  'echo.mbedcloudtesting.com',
];
export const NAMES: ReadonlyMap<string, number> = new Map(HOST_NAMES.map((name) => [name, HOST]));
