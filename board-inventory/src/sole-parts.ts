import { FarmError } from '@greenrack/farm-protocol';
import type { RackBoard } from './schema.js';

type Params = Readonly<Record<string, unknown>>;

/** A board of a rack, with its own parameters and those that it has with its model's. */
export interface WiredBoard {
  /** File and place in it, such as `racks/bench.yaml: boards[1]`. */
  readonly place: string;
  readonly agent: string;
  readonly board: RackBoard;
  readonly params: Params;
}

/**
 * Parameters that name a device which only one board can have, by what they name: a board may name its probe twice, two
 * boards may not. Paths and USB devices are those of the agent's machine.
 */
const SOLE: readonly (readonly [what: string, part: string, key: string])[] = [
  ['serial port', 'console', 'path'],
  ['probe', 'flasher', 'probe'],
  ['probe', 'flasher', 'usbSerial'],
  ['probe', 'flasher', 'serial'],
  ['probe', 'flasher', 'uniqueId'],
  ['probe', 'reset', 'probe'],
  ['probe', 'reset', 'serial'],
  ['drive', 'flasher', 'mountPoint'],
];
/**
 * What names one outlet of a power switch, whatever its kind; the first is all that there is where none is named. Two
 * boards on one outlet would cut each other's power in the middle of a run.
 */
const OUTLET = ['hub', 'relayBoard', 'path', 'url', 'host', 'hostname', 'tcpPort'] as const;
const OWN_MACHINE = /^(localhost|127\.|\[?::1)/i;

/** Boards of all racks, each of which has its probe, its drive and its port to itself. */
export class SoleParts {
  readonly #holders = new Map<string, { readonly board: WiredBoard; readonly path: string }>();

  /** @throws FarmError `invalid_configuration` that names both places when another board has a device of this one */
  add(board: WiredBoard): void {
    for (const { what, name, path } of devicesOf(board)) {
      const key = `${what} ${name}`;
      const holder = this.#holders.get(key);
      if (holder && holder.board !== board) throw shared(what, { board, path }, holder);
      this.#holders.set(key, { board, path });
    }
  }
}

function* devicesOf({ agent, params }: WiredBoard) {
  for (const [what, part, key] of SOLE) {
    const value = valueAt(params, part, key);
    // Some tools leave out the zeros that probes have in front.
    const plain = what === 'probe' ? value?.toLowerCase().replace(/^0+(?=.)/, '') : value;
    if (plain !== undefined) yield { what, name: `${agent} ${plain}`, path: `${part}.${key}` };
  }
  const outlet = outletOf(agent, params);
  if (outlet !== undefined) yield { what: 'power outlet', name: outlet, path: 'power' };
  const host = valueAt(params, 'console', 'host');
  const port = valueAt(params, 'console', 'tcpPort');
  if (host === undefined || port === undefined) return;
  const where = OWN_MACHINE.test(host) ? agent : '';
  const name = `${where} ${host.toLowerCase()}:${port}`;
  yield { what: 'serial port', name, path: 'console.tcpPort' };
}

function outletOf(agent: string, params: Params): string | undefined {
  const kind = valueAt(params, 'power', 'kind');
  const device = OUTLET.map((key) => valueAt(params, 'power', key) ?? '').join(' ');
  if (kind === undefined || device.trim() === '') return undefined;
  const outlet = ['port', 'channel'].map((key) => valueAt(params, 'power', key) ?? '1').join(' ');
  const host = valueAt(params, 'power', 'host') ?? hostOf(valueAt(params, 'power', 'url'));
  const where = host === undefined || OWN_MACHINE.test(host) ? agent : '';
  return `${where} ${kind} ${device.toLowerCase()} ${outlet}`;
}

const hostOf = (url = ''): string | undefined =>
  URL.canParse(url) ? new URL(url).hostname : undefined;

function valueAt(params: Params, part: string, key: string): string | undefined {
  const group = params[part];
  if (typeof group !== 'object' || group === null) return undefined;
  const value: unknown = Object.entries(group).find(([name]) => name === key)?.[1];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

interface Claim {
  readonly board: WiredBoard;
  readonly path: string;
}

function shared(what: string, one: Claim, other: Claim): FarmError {
  const message = `${placeOf(one)}: this ${what} is that of ${other.board.board.serial} too, by ${placeOf(other)}`;
  return new FarmError('invalid_configuration', message);
}

/** Where the parameter is written: with the board, or with its model. */
function placeOf({ board: { place, board }, path }: Claim): string {
  const [part = '', key] = path.split('.');
  const isOwn =
    key === undefined ? part in board.params : valueAt(board.params, part, key) !== undefined;
  return isOwn ? `${place}.params.${path}` : `${place}.model (${board.model}: params.${path})`;
}
