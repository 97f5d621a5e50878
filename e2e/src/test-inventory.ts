import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultInventoryDir, loadInventory } from '@greenrack/board-inventory';
import type { BoardSpec } from '@greenrack/farm-protocol';

/** Boards of a test rack: how many of which model. */
export interface RackPlan {
  readonly agent: string;
  readonly boards: Readonly<Record<string, number>>;
  /** Fixtures of every board. Default none. */
  readonly fixtures?: readonly string[];
  /** Tags of every board. Default none. */
  readonly tags?: readonly string[];
  /** Emulators of single boards, absolute paths by serial. Default: that of the model. */
  readonly executables?: Readonly<Record<string, string>>;
  /** Boards that are wired otherwise than their model. */
  readonly wired?: readonly WiredBoard[];
}

/** A board that takes the images of `model` and is reached in its own way. */
export interface WiredBoard {
  readonly serial: string;
  readonly model: string;
  readonly wiring: BoardSpec['wiring'];
  /** Absolute path. Default none. */
  readonly goldenImage?: string;
}

/** Writes an inventory of our own models and the given racks into `dir`; serials are `<agent>-<model>-<n>`. */
export function writeInventory(dir: string, racks: readonly RackPlan[]): void {
  mkdirSync(join(dir, 'racks'), { recursive: true });
  cpSync(join(defaultInventoryDir(), 'models'), join(dir, 'models'), { recursive: true });
  for (const rack of racks) {
    const boards = Object.entries(rack.boards).flatMap(([model, count]) =>
      Array.from({ length: count }, (_, i) =>
        boardText(serialOf(rack.agent, model, i), model, rack),
      ),
    );
    const wired = (rack.wired ?? []).map((board) => writeWired(dir, board));
    writeFileSync(
      join(dir, 'racks', `${rack.agent}.yaml`),
      `agent: ${rack.agent}\nboards:\n${[...boards, ...wired].join('')}`,
    );
  }
}

function boardText(serial: string, model: string, rack: RackPlan): string {
  const executable = rack.executables?.[serial];
  const params =
    executable === undefined
      ? ''
      : `    params:\n      executable: ${JSON.stringify(executable)}\n`;
  const tags = `    tags: [${(rack.tags ?? []).join(', ')}]\n`;
  const fixtures = `    fixtures: [${(rack.fixtures ?? []).join(', ')}]\n`;
  return `  - serial: ${serial}\n    model: ${model}\n${tags}${fixtures}${params}`;
}

/** A model of its own, for a model has one driver; JSON is YAML. Answers the board's entry in the rack. */
function writeWired(dir: string, { serial, model, wiring, goldenImage }: WiredBoard): string {
  const like = loadInventory(defaultInventoryDir()).models.get(model);
  if (!like) throw new Error(`no model ${model}`);
  const name = `wired-${serial.toLowerCase()}`;
  const { target, title, memory, vectorTable, imageFormats } = like;
  const golden = goldenImage === undefined ? {} : { goldenImage };
  const own = { name, target, title, ...wiring, memory, vectorTable, imageFormats, ...golden };
  writeFileSync(join(dir, 'models', `${name}.yaml`), JSON.stringify(own));
  return `  - serial: "${serial}"\n    model: ${name}\n`;
}

/** Serial of the n-th board (from 0) of a model in a test rack. */
export function serialOf(agent: string, model: string, index: number): string {
  return `${agent}-${model}-${index + 1}`;
}
