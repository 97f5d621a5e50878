import { boardSerialSchema, type FoundBoard } from '@greenrack/farm-protocol';
import { stringify } from 'yaml';
import type { Inventory } from './inventory.js';
import { mbedTargets } from './mbed-targets.js';

/**
 * Text of a rack file for boards that were found plugged in. A board whose model is not certain is written as a comment
 * that says what to decide: some kinds of board share a detect code, so it is never guessed.
 */
export function proposeRack(
  found: readonly FoundBoard[],
  inventory: Inventory,
  agent: string,
): string {
  const known = new Map(inventory.boards.map((board) => [board.serial, board.target]));
  const entries = found.map((board) => {
    const target = known.get(board.serial);
    const head = comment(`${board.product || board.kind} at USB ${board.usbPath}`);
    if (target !== undefined) return `${head}${comment(`in the inventory already: ${target}`)}`;
    return head + proposeBoard(board, inventory);
  });
  const none = comment('No board was found. Plug one in; `lsusb` must show it.');
  return [`agent: ${agent}\nboards:\n`, ...(entries.length === 0 ? [none] : entries)].join('');
}

function proposeBoard(board: FoundBoard, inventory: Inventory): string {
  if (!boardSerialSchema.safeParse(board.serial).success)
    return comment(`its serial number ${JSON.stringify(board.serial)} cannot name a board`);
  const { model, doubt } = modelOf(board, inventory);
  const entry = {
    serial: board.serial,
    model: model ?? 'CHOOSE-A-MODEL',
    params: { ...consoleOf(board), ...flasherOf(board) },
  };
  const lines = stringify([entry], { lineWidth: 0 }).trimEnd().split('\n');
  const remarks = [doubt, ...remarksOn(board)].filter((remark) => remark !== undefined);
  const mark = model === undefined ? '  # ' : '  ';
  return `${remarks.map(comment).join('')}${lines.map((line) => `${mark}${line}\n`).join('')}`;
}

function modelOf(
  { detectCode }: FoundBoard,
  { models }: Inventory,
): { readonly model?: string; readonly doubt?: string } {
  if (detectCode === undefined)
    return { doubt: 'It does not tell what it is: choose the model, and take the # away.' };
  const targets = [...mbedTargets().values()].filter((t) => t.detectCodes.includes(detectCode));
  const names = targets.map(({ name }) => name);
  if (names.length === 0) return { doubt: `Mbed knows no target with detect code ${detectCode}.` };
  if (names.length > 1) {
    const some = `${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`;
    return { doubt: `Detect code ${detectCode} is shared by ${some}: choose the model.` };
  }
  const fitting = [...models.values()].filter(({ target }) => target === names[0]);
  const [only, second] = fitting;
  if (only && !second) return { model: only.name };
  const list = fitting.map(({ name }) => name).join(', ');
  const doubt = second ? `${names[0]} has the models ${list}` : `${names[0]} has no model yet`;
  return { doubt: `${doubt}: ${second ? 'choose one' : 'write one in models/'}.` };
}

/** The port of the lowest interface: probes put the board's console there and further channels behind it. */
function consoleOf({ ports }: FoundBoard): Record<string, unknown> {
  const [port] = ports;
  return port === undefined ? {} : { console: { path: port.path } };
}

function flasherOf({ kind, serial, probeId, hasDrive }: FoundBoard): Record<string, unknown> {
  if (kind === 'daplink' && hasDrive)
    return {
      flasher: { usbSerial: serial, ...(probeId === undefined ? {} : { uniqueId: probeId }) },
    };
  if (kind === 'pico') return { flasher: { serial } };
  return kind === 'cdc' ? {} : { flasher: { probe: serial } };
}

function remarksOn({ ports, hasDrive, mountPoint }: FoundBoard): string[] {
  const others = ports.slice(1).map((port) => `${port.path} (interface ${port.interfaceNumber})`);
  return [
    ...(ports.length === 0 ? ['It has no serial port: give console.path yourself.'] : []),
    ...(others.length > 0 ? [`It has more ports: ${others.join(', ')}`] : []),
    ...(hasDrive && mountPoint === undefined ? ['Its drive is not mounted.'] : []),
  ];
}

/** Text of devices may hold anything; a comment is one line. */
const comment = (text: string): string =>
  `  # ${text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')}\n`;
