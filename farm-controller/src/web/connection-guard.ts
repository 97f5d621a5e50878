import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ClientAddresses } from './client-addresses.js';
import type { ConnectionLimits } from './connection-limits.js';
import type { Principal } from './principal.js';

/** Requests that a connection may have under way; browsers and our own clients send one after the other. */
const MAX_UNDER_WAY = 8;

/**
 * Keeps the connections of strangers from using up what the controller may have open. Whoever shows a token gets a
 * place among its like; the rest are strangers, of whom the one idle for longest makes room for the next. So a new
 * connection is always taken, and always has the time to show its token.
 */
export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #addresses: ClientAddresses;
  readonly #onShed: () => void;
  /** Their addresses, none for a proxy, which speaks for many. Idle for longest first. */
  readonly #strangers = new Map<Socket, string | undefined>();
  readonly #ofAddress = new Map<string, Set<Socket>>();
  readonly #people: Places;
  readonly #staff: Places;
  readonly #underWay = new WeakMap<Socket, number>();

  constructor(limits: ConnectionLimits, addresses: ClientAddresses, onShed: () => void) {
    this.#limits = limits;
    this.#addresses = addresses;
    this.#onShed = onShed;
    this.#people = new Places(limits.people, limits.perToken);
    this.#staff = new Places(limits.staff, Math.ceil(limits.perToken / 2));
  }

  watch(server: Server): void {
    server.on('connection', (socket) => this.#arrived(socket));
  }

  /** A request has come in; false when it is not to be answered: the connection has too many or has been shed. */
  begin(socket: Socket, ended: (done: () => void) => void): boolean {
    const underWay = (this.#underWay.get(socket) ?? 0) + 1;
    if (socket.destroyed || underWay > MAX_UNDER_WAY) {
      socket.destroy();
      return false;
    }
    this.#underWay.set(socket, underWay);
    ended(() => this.#underWay.set(socket, (this.#underWay.get(socket) ?? 1) - 1));
    this.heard(socket);
    return true;
  }

  /** The connection has said something that makes sense. */
  heard(socket: Socket): void {
    if (!this.#strangers.has(socket)) return;
    const address = this.#strangers.get(socket);
    this.#strangers.delete(socket);
    this.#strangers.set(socket, address);
    const like = address === undefined ? undefined : this.#ofAddress.get(address);
    like?.delete(socket);
    like?.add(socket);
  }

  /** Who is behind the connection has been proved. Without a token, or beyond its share, it stays a stranger. */
  prove(socket: Socket, { tokenId, role }: Pick<Principal, 'tokenId' | 'role'>): void {
    if (tokenId === null || !this.#strangers.has(socket)) return;
    const places = role === 'viewer' || role === 'submitter' ? this.#people : this.#staff;
    if (!places.take(tokenId)) return;
    this.#forget(socket);
    socket.once('close', () => places.give(tokenId));
  }

  #arrived(socket: Socket): void {
    const address = this.#addresses.ofPeer(socket.remoteAddress);
    this.#strangers.set(socket, address);
    socket.once('close', () => this.#forget(socket));
    if (address !== undefined)
      this.#shedOver(this.#alike(address, socket), this.#limits.strangersPerAddress);
    this.#shedOver(this.#strangers, this.#limits.strangers);
  }

  #alike(address: string, socket: Socket): Set<Socket> {
    const sockets = this.#ofAddress.get(address) ?? new Set();
    this.#ofAddress.set(address, sockets.add(socket));
    return sockets;
  }

  #shedOver(sockets: { readonly size: number; keys(): Iterator<Socket> }, limit: number): void {
    if (sockets.size <= limit) return;
    const oldest = sockets.keys().next();
    if (oldest.done) return;
    this.#forget(oldest.value);
    oldest.value.destroy();
    this.#onShed();
  }

  #forget(socket: Socket): void {
    const address = this.#strangers.get(socket);
    this.#strangers.delete(socket);
    if (address === undefined) return;
    const sockets = this.#ofAddress.get(address);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#ofAddress.delete(address);
  }
}

/** Places for connections, of which each holder may have some. */
class Places {
  readonly #all: number;
  readonly #each: number;
  readonly #taken = new Map<string, number>();
  #sum = 0;

  constructor(all: number, each: number) {
    this.#all = all;
    this.#each = each;
  }

  take(holder: string): boolean {
    const own = this.#taken.get(holder) ?? 0;
    if (this.#sum >= this.#all || own >= this.#each) return false;
    this.#taken.set(holder, own + 1);
    this.#sum += 1;
    return true;
  }

  give(holder: string): void {
    const own = (this.#taken.get(holder) ?? 1) - 1;
    if (own === 0) this.#taken.delete(holder);
    else this.#taken.set(holder, own);
    this.#sum -= 1;
  }
}
