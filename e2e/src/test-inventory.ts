import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultInventoryDir } from '@greenrack/board-inventory';

/** Boards of a test rack: how many of which model. */
export interface RackPlan {
  readonly agent: string;
  readonly boards: Readonly<Record<string, number>>;
  /** Fixtures of every board. Default none. */
  readonly fixtures?: readonly string[];
  /** Emulators of single boards, absolute paths by serial. Default: that of the model. */
  readonly executables?: Readonly<Record<string, string>>;
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
    writeFileSync(
      join(dir, 'racks', `${rack.agent}.yaml`),
      `agent: ${rack.agent}\nboards:\n${boards.join('')}`,
    );
  }
}

function boardText(serial: string, model: string, rack: RackPlan): string {
  const executable = rack.executables?.[serial];
  const params =
    executable === undefined
      ? ''
      : `    params:\n      executable: ${JSON.stringify(executable)}\n`;
  const fixtures = `    fixtures: [${(rack.fixtures ?? []).join(', ')}]\n`;
  return `  - serial: ${serial}\n    model: ${model}\n${fixtures}${params}`;
}

/** Serial of the n-th board (from 0) of a model in a test rack. */
export function serialOf(agent: string, model: string, index: number): string {
  return `${agent}-${model}-${index + 1}`;
}
