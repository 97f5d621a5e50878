import { isIPv4 } from 'node:net';
import type { WifiJoin, WifiStation } from '@greenrack/farm-protocol';
import { takeTurn } from '../tool/in-turn.js';
import { runTool } from '../tool/run-tool.js';
import { NetworkManager } from './network-manager.js';

const PING_MORE_MS = 5000;
/** Within what taking back all instruments may take. */
const CLOSE_MS = 7000;

export interface StationOptions {
  /** The card, such as `wlan1`; undefined when the fixture does not name it. */
  readonly card: string | undefined;
  readonly signal: AbortSignal;
  readonly nmcli?: string;
  readonly ping?: string;
}

/** A Wi-Fi card under NetworkManager. One run at a time has it. */
export class NmcliStation implements WifiStation {
  readonly #options: StationOptions;
  readonly #manager: NetworkManager;
  /** The card that we have, how to let another run have it, and whether there is something to take away. */
  #taken: { readonly card: string; readonly giveBack: () => void; isSetUp: boolean } | undefined;

  constructor(options: StationOptions) {
    this.#options = options;
    this.#manager = new NetworkManager(options.nmcli ?? 'nmcli');
  }

  async join(
    { ssid, password }: { ssid: string; password: string },
    timeoutMs: number,
  ): Promise<WifiJoin> {
    await this.leave();
    const { signal } = this.#options;
    const wait = { ms: timeoutMs, signal };
    const card = await this.#card();
    const giveBack = await takeTurn(`Wi-Fi card ${card}`, wait);
    const taken = { card, giveBack, isSetUp: false };
    this.#taken = taken;
    await this.#manager.remove(card, signal);
    taken.isSetUp = true;
    await this.#manager.add(card, ssid, signal);
    const refusal = await this.#manager.up(card, password, wait);
    if (refusal !== undefined) return { how: 'refused', detail: refusal };
    const address = await this.#manager.address(card, signal);
    if (address !== undefined) return { how: 'joined', address };
    return { how: 'refused', detail: `${card} has joined ${ssid} and got no address` };
  }

  async ping(address: string, timeoutMs: number): Promise<boolean> {
    if (!isIPv4(address)) throw new Error(`expected an IPv4 address, got ${address}`);
    const { ping: executable = 'ping', signal } = this.#options;
    const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
    const args = ['-n', '-c', '1', '-W', seconds, '-I', await this.#card(), address];
    const call = { executable, args, timeoutMs: timeoutMs + PING_MORE_MS };
    const { how, code, output } = await runTool(call, signal);
    if (code === 0 || code === 1) return code === 0;
    throw new Error(`ping ${args.join(' ')}: ${output.trim() || how}. Install iputils-ping`);
  }

  async leave(): Promise<void> {
    await this.#leave(this.#options.signal);
  }

  /** Leaves though the run is over. */
  async close(): Promise<void> {
    await this.#leave(AbortSignal.timeout(CLOSE_MS));
  }

  async #card(): Promise<string> {
    const known = this.#taken?.card ?? this.#options.card;
    return known ?? (await this.#manager.idleCard(this.#options.signal));
  }

  async #leave(signal: AbortSignal): Promise<void> {
    const taken = this.#taken;
    if (!taken) return;
    this.#taken = undefined;
    try {
      if (taken.isSetUp) await this.#manager.remove(taken.card, signal);
    } finally {
      taken.giveBack();
    }
  }
}
