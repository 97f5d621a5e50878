import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Proxies behind each other that are followed. */
const MAX_HOPS = 16;

/**
 * Where requests come from. Behind a reverse proxy every connection is the proxy's; it says in `X-Forwarded-For` whom
 * it speaks for. Anybody can write that header, so only proxies that the configuration names are believed.
 */
export class ClientAddresses {
  readonly #proxies = new BlockList();

  /** @param trusted addresses and networks, such as `192.0.2.7` and `10.0.0.0/8`; see {@link isNetwork} */
  constructor(trusted: readonly string[]) {
    for (const text of trusted) {
      const [address = '', prefix] = text.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#proxies.addAddress(address, family);
      else this.#proxies.addSubnet(address, Number(prefix), family);
    }
  }

  /** Whom to count a request against: an address, of IPv6 the network that one customer has as a rule. */
  of(req: IncomingMessage): string {
    let address = plain(req.socket.remoteAddress ?? '');
    for (const hop of forwardedFor(req)) {
      if (!this.#isProxy(address) || isIP(hop) === 0) break;
      address = hop;
    }
    return network(address);
  }

  /** The same of a connection that has sent nothing yet; undefined for a trusted proxy, which speaks for many. */
  ofPeer(remoteAddress: string | undefined): string | undefined {
    const address = plain(remoteAddress ?? '');
    return this.#isProxy(address) ? undefined : network(address);
  }

  #isProxy(address: string): boolean {
    return isIP(address) !== 0 && this.#proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}

/** Whether the text names an address or a network. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return (
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
  );
}

/** Addresses that the header names, the nearest first. */
function forwardedFor(req: IncomingMessage): string[] {
  const header = req.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  const hops = text.split(',').map((hop) => plain(hop.trim()));
  return hops.reverse().slice(0, MAX_HOPS);
}

/** IPv4 in IPv6's clothes is IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Whoever has one IPv6 address has 2^64 of them. */
function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = groups(tail ?? '');
  const gap =
    tail === undefined ? [] : Array(Math.max(0, 8 - front.length - back.length)).fill('0');
  return `${[...front, ...gap, ...back].slice(0, 4).join(':')}::/64`;
}
