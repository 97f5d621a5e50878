import { once } from 'node:events';
import type {
  LinkReply,
  LiveClientToServer,
  LiveServerToClient,
  LiveTopic,
} from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';
import type { TestFarm } from '../web/support/test-farm.js';

export type LiveWatcherSocket = Socket<LiveServerToClient, LiveClientToServer>;

/** A watcher that keeps what it hears. */
export class Watcher {
  readonly socket: LiveWatcherSocket;
  readonly heard: { [K in keyof LiveServerToClient]: Parameters<LiveServerToClient[K]>[0][] } = {
    ...{ board: [], submission: [], run: [], changes: [], attemptEvents: [], console: [] },
  };
  readonly #news = new EventTarget();

  constructor(farm: TestFarm, token: unknown) {
    this.socket = io(`${farm.base}/live`, {
      ...{ transports: ['websocket'], reconnection: false, forceNew: true },
      auth: token === undefined ? {} : { token },
    });
    const keep = <K extends keyof LiveServerToClient>(name: K) =>
      ((message: Parameters<LiveServerToClient[K]>[0]) => {
        this.heard[name].push(message as never);
        this.#news.dispatchEvent(new Event('heard'));
      }) as LiveServerToClient[K];
    this.socket.on('board', keep('board'));
    this.socket.on('submission', keep('submission'));
    this.socket.on('run', keep('run'));
    this.socket.on('changes', keep('changes'));
    this.socket.on('attemptEvents', keep('attemptEvents'));
    this.socket.on('console', keep('console'));
  }

  static async open(farm: TestFarm): Promise<Watcher> {
    const watcher = new Watcher(farm, farm.secrets.viewer);
    await new Promise<void>((resolve, reject) => {
      watcher.socket.once('connect', resolve);
      watcher.socket.once('connect_error', reject);
    });
    return watcher;
  }

  /** The code with which the handshake is refused. */
  async refusal(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.socket.once('connect', () => reject(new Error('was let in')));
      this.socket.once('connect_error', (error) =>
        resolve((error as { data?: { code?: string } }).data?.code),
      );
    });
  }

  subscribe(topic: LiveTopic): Promise<LinkReply<object>> {
    return new Promise((resolve) => this.socket.emit('subscribe', topic, resolve));
  }

  unsubscribe(topic: LiveTopic): Promise<LinkReply<object>> {
    return new Promise((resolve) => this.socket.emit('unsubscribe', topic, resolve));
  }

  /** Resolves once what has been heard satisfies `enough`. */
  async until(enough: (heard: Watcher['heard']) => boolean): Promise<void> {
    while (!enough(this.heard)) await once(this.#news, 'heard');
  }

  /** The console so far; throws when a piece does not continue the one before. */
  consoleFrom(offset: number): Buffer {
    let at = offset;
    for (const piece of this.heard.console) {
      if (piece.offset !== at) throw new Error(`gap: ${piece.offset} instead of ${at}`);
      at += piece.data.byteLength;
    }
    return Buffer.concat(this.heard.console.map((piece) => Buffer.from(piece.data)));
  }

  close(): void {
    this.socket.disconnect();
  }
}
