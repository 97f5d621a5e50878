import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BoardSpec, type EndReason, parseOrThrow } from '@greenrack/farm-protocol';
import type { FlasherPart, PartContext, PartMaker, ResetPart } from '../../contracts/board-part.js';
import type { FlashImage, FlashReport } from '../../contracts/flasher.js';
import { RunFault } from '../../contracts/run-fault.js';
import { clip, messageOf } from '../../deadline.js';
import { sectorsOf } from '../flasher/sectors.js';
import type { FlashTool, KnownFailure, ToolParams } from './flash-tool.js';
import { runTool, type ToolEnd } from './run-tool.js';
import { findProbe, isSameSerial, plugMark } from './tool-probe.js';

const VERSION_MS = 15_000;
const TRIES = 2;

/** Flashes and resets by running a vendor's tool. */
export class ToolFlasher<Params extends ToolParams> implements FlasherPart, ResetPart {
  readonly #tool: FlashTool<Params>;
  readonly #params: Params;
  readonly #workDir: string;
  readonly #board: BoardSpec;

  constructor(tool: FlashTool<Params>, params: Params, { workDir, board }: PartContext) {
    this.#tool = tool;
    this.#params = params;
    this.#workDir = workDir;
    this.#board = board;
  }

  /** Whether {@link ToolFlasher.reset} can do anything. */
  get canReset(): boolean {
    return this.#tool.resetArgs !== undefined;
  }

  async check(signal: AbortSignal): Promise<string> {
    const { executable } = this.#params;
    const call = { executable, args: this.#tool.versionArgs, timeoutMs: VERSION_MS };
    const end = await runTool(call, signal);
    if (end.how === 'missing' || end.how === 'timeout') throw this.#fault('flashFailed', end);
    const version = clip(end.output.trim().split('\n')[0] ?? '', 100);
    return `${this.#tool.name}: ${version}; ${await this.#probe()}`;
  }

  /** A probe that cannot be told from others may have been unplugged at any time: a mark that never repeats. */
  async contentMark(): Promise<string> {
    const { root } = this.#params;
    return (
      (await plugMark(root, this.#tool.serialOf(this.#params))) ?? String(process.hrtime.bigint())
    );
  }

  async flash({ path, info }: FlashImage, signal: AbortSignal): Promise<FlashReport> {
    const { name, formats } = this.#tool;
    if (!formats.includes(info.format)) {
      const takes = formats.map((format) => format.toUpperCase()).join(', ');
      const what = `${name} does not take ${info.format.toUpperCase()} files. Submit ${takes}.`;
      throw new RunFault('imageUnsuitable', what);
    }
    const image = {
      path: join(this.#workDir, `image.${info.format}`),
      format: info.format,
      segments: info.segments,
    };
    await this.#link(path, image.path);
    const script = await this.#write(this.#tool.flashScript?.(this.#params, image));
    const args = this.#tool.flashArgs(this.#params, image, script);
    const { output } = await this.#run(args, 'flashFailed', signal);
    if (!this.#tool.flashed.test(output)) throw this.#strange(output);
    const said = this.#tool.written?.(output);
    const bytesWritten = said?.bytes ?? info.segments.reduce((sum, s) => sum + s.sizeBytes, 0);
    const sectorsWritten = said?.sectors ?? sectorsOf(info.segments, this.#params.sectorBytes);
    return {
      bytesWritten,
      sectorsWritten,
      detail: `flashed by ${name}; ${this.#identity(output)}`,
    };
  }

  async erase(signal: AbortSignal): Promise<string | undefined> {
    const script = await this.#write(this.#tool.eraseScript?.());
    const args = this.#tool.eraseArgs?.(this.#params, script);
    if (!args) return undefined;
    await this.#run(args, 'flashFailed', signal);
    return `erased by ${this.#tool.name}: all of its memory`;
  }

  async reset(signal: AbortSignal): Promise<void> {
    const script = await this.#write(this.#tool.resetScript?.());
    const args = this.#tool.resetArgs?.(this.#params, script);
    if (!args) throw new RunFault('boardStartFailed', `${this.#tool.name} cannot reset a board.`);
    await this.#run(args, 'boardStartFailed', signal);
  }

  async #probe(): Promise<string> {
    const { root, detectCode } = this.#params;
    const { bootLoaders = [], findsBootLoaderOnly } = this.#tool;
    const serial = this.#tool.serialOf(this.#params);
    const wanted = { serial, bootLoaders, root, board: this.#board, detectCode };
    return (await findProbe(wanted, findsBootLoaderOnly)) ?? `${serial} is not in its boot loader`;
  }

  /** Whom the tool says it has flashed. @throws RunFault when that is somebody else. */
  #identity(output: string): string {
    const { name, tells } = this.#tool;
    const serial = this.#tool.serialOf(this.#params);
    const probe = tells?.probe?.exec(output)?.[1];
    if (probe !== undefined && !isSameSerial(probe, serial)) {
      const what = `${name} has flashed the board at probe ${probe}, but the inventory has ${serial} here`;
      throw new RunFault('flashFailed', `${what}. Correct the serial number of the flasher.`);
    }
    const whose = `${serial}, ${probe === undefined ? 'found' : 'confirmed'} by the tool`;
    const chip = tells?.chip?.exec(output)?.[1];
    return `${whose}; chip ${chip === undefined ? 'not told' : `${clip(chip, 60)}, not compared`}`;
  }

  async #run(args: string[], reason: EndReason, signal: AbortSignal): Promise<ToolEnd> {
    const { executable, timeoutMs } = this.#params;
    for (let attempt = 1; ; attempt++) {
      const end = await runTool({ executable, args, timeoutMs }, signal);
      const failure = this.#tool.failures.find(({ says }) => says.test(end.output));
      if (end.how === 'exit' && end.code === 0 && !failure) return end;
      if (!failure?.isTransient || attempt === TRIES) throw this.#fault(reason, end, failure);
    }
  }

  #fault(reason: EndReason, end: ToolEnd, failure?: KnownFailure): RunFault {
    const { name, install } = this.#tool;
    const { executable, timeoutMs } = this.#params;
    if (end.how === 'missing')
      return new RunFault(reason, `${executable} is not installed. ${install}`);
    const how = {
      exit: `ended with code ${end.code}`,
      killed: 'was killed',
      timeout: `did not end within ${timeoutMs} ms and was killed`,
    }[end.how];
    const cure = failure?.cure ?? "Look at its output, and at the board's probe and cable.";
    return new RunFault(reason, `${name} ${how}. ${cure} It said: ${lastWords(end.output)}`);
  }

  #strange(output: string): RunFault {
    const what = `${this.#tool.name} ended well but did not say that it has flashed`;
    const cure = 'Check that its version is one that docs/drivers.md names.';
    return new RunFault('flashFailed', `${what}. ${cure} It said: ${lastWords(output)}`);
  }

  async #link(from: string, to: string): Promise<void> {
    try {
      await rm(to, { force: true });
      await symlink(from, to);
    } catch (error) {
      throw new RunFault('flashFailed', `${to}: ${messageOf(error)}`, error);
    }
  }

  async #write(text: string | undefined): Promise<string> {
    const path = join(this.#workDir, `${this.#tool.name}.commands`);
    if (text !== undefined) await writeFile(path, text);
    return path;
  }
}

/** Makes parts that run `tool`. */
export function toolMaker<Params extends ToolParams>(
  tool: FlashTool<Params>,
): PartMaker<ToolFlasher<Params>> {
  return {
    create(params, context) {
      const checked = parseOrThrow(tool.params, params, 'board_fault', context.where);
      return new ToolFlasher(tool, checked, context);
    },
  };
}

function lastWords(output: string): string {
  const lines = output
    .trim()
    .split(/[\r\n]+/)
    .slice(-6);
  return clip(lines.join(' | ') || 'nothing', 800);
}
