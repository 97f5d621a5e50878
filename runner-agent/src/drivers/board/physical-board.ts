import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  Board,
  BoardFinding,
  ChannelFinding,
  ConsoleTraits,
} from '../../contracts/board-driver.js';
import type {
  BoardPart,
  ConsolePart,
  FlasherPart,
  PowerPart,
  ResetPart,
} from '../../contracts/board-part.js';
import type { Flasher, FlashImage, FlashReport } from '../../contracts/flasher.js';
import type { MeterPart } from '../../contracts/power-meter.js';
import type { PowerSwitch } from '../../contracts/power-switch.js';
import type { ResetLine } from '../../contracts/reset-line.js';
import { messageOf, unlessAborted } from '../../deadline.js';
import type { PhysicalParams } from './physical-params.js';

export interface PhysicalParts {
  readonly console: ConsolePart;
  readonly flasher: FlasherPart;
  readonly reset: ResetPart;
  readonly power: PowerPart | undefined;
  readonly meter: MeterPart | undefined;
}

const HIDDEN = {
  usable: true,
  isAbsent: true,
  detail: 'not seen: the board is off between runs',
} as const;

/** A board on a desk. After trouble it is power-cycled, if it can be, before it is used again. */
export class PhysicalBoard implements Board, PowerSwitch, Flasher, ResetLine {
  readonly console: ConsolePart;
  readonly meter: MeterPart | undefined;
  readonly flasher = this;
  readonly power = this;
  readonly resetLine = this;
  readonly traits: ConsoleTraits;
  readonly #parts: PhysicalParts;
  readonly #params: PhysicalParams;
  readonly #workDir: string;
  #isTroubled = false;
  /** Before its first run a board that is off between runs is off, as the agent before us left it. */
  #isOn = false;

  constructor(params: PhysicalParams, workDir: string, parts: PhysicalParts) {
    const { writePaceUsPerByte, syncTimeoutMs, syncTries } = params;
    this.traits = { writePaceUsPerByte, syncTimeoutMs, syncTries };
    this.console = parts.console;
    this.meter = parts.meter;
    this.#parts = parts;
    this.#params = params;
    this.#workDir = workDir;
  }

  async on(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { power } = this.#parts;
    if (!power) return;
    if (this.#isTroubled) await power.off();
    await power.on(signal);
    this.#isOn = true;
    this.#isTroubled = false;
  }

  async off(): Promise<void> {
    if (!this.#params.offBetweenRuns && !this.#isTroubled) return;
    await this.#parts.power?.off();
    this.#isOn = false;
  }

  async flash(image: FlashImage, signal: AbortSignal): Promise<FlashReport | undefined> {
    return await this.#watched(this.#parts.flasher.flash(image, signal));
  }

  async contentMark(signal: AbortSignal): Promise<string> {
    const { flasher, console } = this.#parts;
    // Parts without a mark cannot tell: a mark that never repeats means "flash again".
    const mark = (await flasher.contentMark?.(signal)) ?? String(process.hrtime.bigint());
    return `${mark} ${(await console.presence?.()) ?? ''}`;
  }

  async reset(signal: AbortSignal, begins?: () => void): Promise<void> {
    const { console, reset } = this.#parts;
    const pull = async (started: () => void): Promise<void> => {
      // When a tool pulls the reset line it does not tell: the first words of the firmware may come before its end.
      if (!reset.holdsBoard) started();
      await reset.reset(signal, started);
    };
    const started = begins ?? (() => undefined);
    if (begins && !reset.holdsBoard) await console.settle?.(signal);
    await this.#watched(console.acrossReset?.(pull, started) ?? pull(started));
    await pause(this.#params.bootMs, undefined, { signal });
  }

  async probe(signal: AbortSignal): Promise<BoardFinding> {
    const channels = await this.channels(signal);
    const bad = channels.filter(({ usable }) => !usable);
    const told = bad.length > 0 ? bad : channels;
    const detail = told.map((each) => `${each.channel}: ${each.detail}`).join('; ');
    return { usable: bad.length === 0, detail };
  }

  async channels(signal: AbortSignal): Promise<ChannelFinding[]> {
    const { power, meter, console, flasher, reset } = this.#parts;
    const named = { power, meter, console, flasher, reset };
    const checks = Object.entries(named).map(
      async ([channel, part]) => part && (await examine(channel, part, signal)),
    );
    const found = (await Promise.all(checks)).filter((each) => each !== undefined);
    return found.map((each) => (this.#isHidden(each) ? { ...each, ...HIDDEN } : each));
  }

  /** Without its supply a board shows neither port nor drive: that is nothing against it. */
  #isHidden({ channel, usable }: ChannelFinding): boolean {
    const isOff = this.#parts.power && this.#params.offBetweenRuns && !this.#isOn;
    return isOff === true && !usable && channel !== 'power' && channel !== 'meter';
  }

  async dispose(): Promise<void> {
    const { console, flasher, reset, power, meter } = this.#parts;
    await console.close();
    for (const part of [console, flasher, reset, power, meter]) await part?.dispose?.();
    await rm(this.#workDir, { recursive: true, force: true });
  }

  async #watched<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#isTroubled = true;
      throw error;
    }
  }
}

async function examine(
  channel: string,
  part: BoardPart,
  signal: AbortSignal,
): Promise<ChannelFinding> {
  try {
    const found = await unlessAborted(signal, part.check(signal));
    if (typeof found === 'string') return { channel, usable: true, detail: found };
    return { channel, usable: true, isAbsent: true, detail: found.absent };
  } catch (error) {
    signal.throwIfAborted();
    return { channel, usable: false, detail: messageOf(error) };
  }
}
