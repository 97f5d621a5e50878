import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool, type ToolEnd } from '../tool/run-tool.js';

const TOOL_MS = 15_000;
const INSTALL =
  'Install NetworkManager, let it manage the card, and allow the user of the agent to use it; see docs/drivers.md';
/** Exit codes of nmcli(1): the activation took too long, the activation failed, there is no such connection. */
const REFUSED: ReadonlySet<number | undefined> = new Set([3, 4]);
const UNKNOWN = 10;
/** What this machine forbids or lacks, though the exit code is that of a failed activation. */
const OURS = /not authorized|unmanaged|rfkill|is not available|unavailable/i;
/** Our connections carry the card's name: what a run before us left behind is found again. */
const PREFIX = 'greenrack-';
const IDLE = new RegExp(`^[^:]+:wifi:(disconnected:|[^:]*:${PREFIX})`);

/**
 * One connection of our own per card, through nmcli. It is in memory only, takes no default route, and lasts until it is
 * removed. What is this machine's fault is thrown.
 */
export class NetworkManager {
  readonly #executable: string;

  constructor(executable: string) {
    this.#executable = executable;
  }

  /** In words, how a card is. @throws Error when it cannot be used */
  async check(card: string, signal: AbortSignal): Promise<string> {
    const rows = await this.#devices(signal);
    const [, type, state = ''] = rows.find((row) => row.startsWith(`${card}:`))?.split(':') ?? [];
    if (type === 'wifi' && !OURS.test(state)) return `${card} is ${state}`;
    const found = type === undefined ? 'not there' : `a device of type ${type}, ${state}`;
    throw new Error(`${card} is ${found} (${rows.join(' ')}). ${INSTALL}`);
  }

  /** The only Wi-Fi card that nobody uses. @throws Error when there is none, or more than one */
  async idleCard(signal: AbortSignal): Promise<string> {
    const rows = await this.#devices(signal);
    const idle = rows.filter((row) => IDLE.test(row));
    const [card] = (idle[0] ?? '').split(':');
    if (idle.length === 1 && card) return card;
    throw new Error(
      `${idle.length} Wi-Fi cards are free (${rows.join(' ')}). Name the one to use in the fixture, such as wifi-station:wlan1`,
    );
  }

  async add(card: string, ssid: string, signal: AbortSignal): Promise<void> {
    const settings = {
      type: 'wifi',
      ifname: card,
      'con-name': `${PREFIX}${card}`,
      ssid,
      autoconnect: 'no',
      'wifi-sec.key-mgmt': 'wpa-psk',
      'ipv4.never-default': 'yes',
      'ipv6.method': 'disabled',
    };
    const args = ['connection', 'add', 'save', 'no', ...Object.entries(settings).flat()];
    await this.#ask(args, signal);
  }

  /** Why the network cannot be joined, or undefined. The password goes by a file: everybody may read arguments. */
  async up(
    card: string,
    password: string,
    { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const dir = await mkdtemp(join(tmpdir(), 'greenrack-wifi-'));
    try {
      const file = join(dir, 'secrets');
      const secret = `802-11-wireless-security.psk:${password}\n`;
      await writeFile(file, secret, { mode: 0o600 });
      const wait = ['--wait', String(Math.ceil(ms / 1000))];
      const args = [...wait, 'connection', 'up', 'id', `${PREFIX}${card}`, 'passwd-file', file];
      const end = await this.#run(args, ms + TOOL_MS, signal);
      if (end.code === 0) return undefined;
      if (REFUSED.has(end.code) && !OURS.test(end.output)) return said(end);
      throw trouble(args, end);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** The IPv4 address of a card, or undefined. */
  async address(card: string, signal: AbortSignal): Promise<string | undefined> {
    const shown = await this.#ask(['-g', 'IP4.ADDRESS', 'device', 'show', card], signal);
    const [address = ''] = shown.trim().split(/[/\s|]/);
    return isIPv4(address) ? address : undefined;
  }

  /** Takes our connection of a card away, if there is one. */
  async remove(card: string, signal: AbortSignal): Promise<void> {
    const args = ['connection', 'delete', 'id', `${PREFIX}${card}`];
    const end = await this.#run(args, TOOL_MS, signal);
    if (end.code !== 0 && end.code !== UNKNOWN) throw trouble(args, end);
  }

  async #devices(signal: AbortSignal): Promise<string[]> {
    const fields = 'DEVICE,TYPE,STATE,CONNECTION';
    return (await this.#ask(['-t', '-f', fields, 'device'], signal)).trim().split('\n');
  }

  async #ask(args: string[], signal: AbortSignal): Promise<string> {
    const end = await this.#run(args, TOOL_MS, signal);
    if (end.code === 0) return end.output;
    throw trouble(args, end);
  }

  async #run(args: string[], timeoutMs: number, signal: AbortSignal): Promise<ToolEnd> {
    return await runTool({ executable: this.#executable, args, timeoutMs }, signal);
  }
}

const said = ({ how, code, output }: ToolEnd): string =>
  output.trim().split('\n').at(-1) || `${how} ${code ?? ''}`.trim();

const trouble = (args: readonly string[], end: ToolEnd): Error =>
  new Error(`nmcli ${args.join(' ')}: ${said(end)}. ${INSTALL}`);
