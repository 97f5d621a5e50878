import { runTool, type ToolEnd } from '../tool/run-tool.js';
import { ChildChanges } from '../watch/child-changes.js';
import type { ChangeSource } from '../watch/until-found.js';

const TOOL_MS = 20_000;
const INSTALL = 'Install udisks2, and let the user of the agent mount drives; see docs/drivers.md';
/** An automounter is at it at this moment, or udisks has not heard of the drive yet. */
const IN_HAND = /AlreadyMounted|already mounted|OperationPending|DeviceBusy|looking up object/i;
/** What this machine forbids, whatever is on the drive. */
const FORBIDDEN = /NotAuthorized|Not authorized|ServiceUnknown|Error connecting|target is busy/i;

/** Mounts drives for users, as desktops do; udisksctl(1). */
export class Udisks {
  /** Tells when drives come, go, and are mounted. */
  readonly changes: ChangeSource;
  readonly #executable: string;

  constructor(executable: string) {
    this.#executable = executable;
    // It says something as soon as it is connected, so that no change goes unheard before.
    this.changes = new ChildChanges([executable, 'monitor']);
  }

  /** @throws Error when the daemon cannot be asked */
  async check(signal: AbortSignal): Promise<void> {
    const end = await this.#call(['status'], signal);
    if (end.code !== 0) throw new Error(`udisksctl status: ${said(end)}. ${INSTALL}`);
  }

  /** Why the drive cannot be mounted. Undefined when it is mounted or somebody is at it. @throws Error for our faults */
  async mount(disk: string, signal: AbortSignal): Promise<string | undefined> {
    const end = await this.#run('mount', disk, signal);
    return end.code === 0 || IN_HAND.test(end.output) ? undefined : said(end);
  }

  /** @throws Error for our faults */
  async unmount(disk: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#run('unmount', disk, signal)).code === 0;
  }

  async #run(verb: 'mount' | 'unmount', disk: string, signal: AbortSignal): Promise<ToolEnd> {
    const args = [verb, '--block-device', disk, '--no-user-interaction'];
    const end = await this.#call(args, signal);
    if (end.how !== 'exit' || FORBIDDEN.test(end.output))
      throw new Error(`udisksctl ${args.join(' ')}: ${said(end)}. ${INSTALL}`);
    return end;
  }

  async #call(args: readonly string[], signal: AbortSignal): Promise<ToolEnd> {
    const call = { executable: this.#executable, args, timeoutMs: TOOL_MS };
    const end = await runTool(call, signal);
    if (end.how === 'missing') throw new Error(`${this.#executable} is not there. ${INSTALL}`);
    return end;
  }
}

const said = ({ how, output }: ToolEnd): string => output.trim().split('\n').at(-1) || how;
