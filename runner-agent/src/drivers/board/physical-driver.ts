import { mkdir } from 'node:fs/promises';
import { type BoardSpec, FarmError, parseOrThrow } from '@greenrack/farm-protocol';
import type { Board, BoardDriver } from '../../contracts/board-driver.js';
import type {
  BoardPart,
  ConsolePart,
  FlasherPart,
  PartContext,
  PartMaker,
  PowerPart,
  ResetPart,
} from '../../contracts/board-part.js';
import type { MeterPart } from '../../contracts/power-meter.js';
import { PhysicalBoard, type PhysicalParts } from './physical-board.js';
import { type PartParams, type PhysicalParams, physicalParamsSchema } from './physical-params.js';

export type Makers<Part> = Readonly<Record<string, () => Promise<PartMaker<Part>>>>;

/** Every kind of part by the name that inventories use. */
export interface PartCatalogue {
  readonly console: Makers<ConsolePart>;
  readonly flasher: Makers<FlasherPart>;
  readonly reset: Makers<ResetPart>;
  readonly power: Makers<PowerPart>;
  readonly meter: Makers<MeterPart>;
}

/** Boards on a desk, put together from the parts that their wiring names. */
export class PhysicalDriver implements BoardDriver {
  readonly name: string;
  readonly #catalogue: PartCatalogue;
  readonly #defaults: Readonly<Record<string, PartParams>>;

  /** @param defaults - parts that the wiring may leave out */
  constructor(name: string, catalogue: PartCatalogue, defaults: Record<string, PartParams> = {}) {
    this.name = name;
    this.#catalogue = catalogue;
    this.#defaults = defaults;
  }

  async create(spec: BoardSpec, workDir: string): Promise<Board> {
    const where = `board ${spec.serial}: wiring.params`;
    const wired = { ...spec.wiring.params, ...this.#withDefaults(spec.wiring.params) };
    const params = parseOrThrow(physicalParamsSchema, wired, 'board_fault', where);
    await mkdir(workDir, { recursive: true });
    return new PhysicalBoard(params, workDir, await this.#parts(params, { where, spec, workDir }));
  }

  async #parts(
    params: PhysicalParams,
    { where, spec, workDir }: { where: string; spec: BoardSpec; workDir: string },
  ): Promise<PhysicalParts> {
    const at = (part: string): PartContext => ({ where: `${where}.${part}`, board: spec, workDir });
    const { console: consoles, flasher: flashers, power: powers, reset: resets } = this.#catalogue;
    const { meter: meters } = this.#catalogue;
    const made: BoardPart[] = [];
    const keep = <Part extends BoardPart>(part: Part): Part => {
      made.push(part);
      return part;
    };
    try {
      const meter = params.meter && keep(await make(meters, params.meter, at('meter')));
      const measured = meter === undefined ? {} : { meter };
      const power =
        params.power && keep(await make(powers, params.power, { ...at('power'), ...measured }));
      const console = keep(await make(consoles, params.console, at('console')));
      const feed = power === undefined ? {} : { power };
      const flasher = keep(await make(flashers, params.flasher, { ...at('flasher'), ...feed }));
      const others = { console, flasher, ...feed };
      const reset = keep(await make(resets, params.reset, { ...at('reset'), ...others }));
      return { console, flasher, reset, power, meter };
    } catch (error) {
      for (const part of made) await part.dispose?.();
      throw error;
    }
  }

  /** A part of the wiring without a kind has the kind of the default. */
  #withDefaults(given: Record<string, unknown>): Record<string, unknown> {
    const merged = Object.entries(this.#defaults).map(([part, fallback]) => {
      const own = given[part] ?? {};
      return [part, typeof own === 'object' && !('kind' in own) ? { ...fallback, ...own } : own];
    });
    return Object.fromEntries(merged);
  }
}

/** @throws FarmError `board_fault` when there is no such kind, or its parameters are wrong */
export async function make<Part>(
  makers: Makers<Part>,
  { kind, ...params }: PartParams,
  context: PartContext,
): Promise<Part> {
  const load = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (load) return (await load()).create(params, context);
  const known = Object.keys(makers).join(', ');
  throw new FarmError('board_fault', `${context.where}.kind: no '${kind}'; there is ${known}`);
}
