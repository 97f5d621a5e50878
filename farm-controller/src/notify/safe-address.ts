import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { RefusedError } from './refused.js';

/** Networks that are no part of the internet (RFC 6890 and its updates), and those that only lead back to some of it. */
const PRIVATE = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
  ...['::/8', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32'],
  ...['2002::/16', 'fc00::/7', 'fe80::/9', 'ff00::/8'],
] as const;
const REACHES_IN = networks(PRIVATE);

/** Who says where a host is. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

const ask: Resolve = (host) => lookup(host, { all: true });

/** Addresses of either family: one list of both would take every IPv4 address for one of `::ffff:0:0/96`. */
export type Networks = Readonly<Record<'ipv4' | 'ipv6', BlockList>>;

/** A list of addresses and networks, such as `10.0.0.0/8`. */
export function networks(texts: readonly string[]): Networks {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of texts) {
    const [address = '', prefix] = text.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    lists[family].addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return lists;
}

/**
 * Where a host is, asked once: whoever connects uses this address, so a name that answers otherwise the next time leads
 * nowhere else.
 * @throws RefusedError when one of its addresses is private and not allowed
 */
export async function safeAddress(
  host: string,
  allowed: Networks,
  resolve = ask,
): Promise<LookupAddress> {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(name);
  const found = family > 0 ? [{ address: name, family }] : await resolve(name);
  for (const { address } of found) {
    const kind = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (!REACHES_IN[kind].check(address, kind) || allowed[kind].check(address, kind)) continue;
    throw new RefusedError(
      `${host} is at the private address ${address}: GREENRACK_NOTIFY_NETWORKS does not allow it`,
    );
  }
  const [first] = found;
  if (!first) throw new Error(`${host} has no address`);
  return first;
}
