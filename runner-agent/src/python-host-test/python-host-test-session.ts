import type { HostTestContext, HostTestMessage, HostTestSession } from '@greenrack/farm-protocol';
import { DeadlineError, unlessAborted, within } from '../deadline.js';
import { metricOf } from '../session/metric-text.js';
import { BoardActions } from './board-actions.js';
import { itemsOf } from './child-config.js';
import { type RunAnswer, type RunEvent, runAnswerSchema } from './child-messages.js';
import type { HostTestPlace } from './list-host-tests.js';
import { OutputNotes } from './output-notes.js';
import { PythonChild } from './python-child.js';

/** How long teardown() may take, and a callback that still runs before it; less than the runner waits. */
const TEARDOWN_MS = 5000;
/** What a process wrote before it ended is in the pipe already. */
const DRAIN_MS = 1000;

/**
 * One run of a Python host test in a process of its own. A message counts as handled when the process says so; what it
 * asks for is done in the order in which it asks.
 */
export class PythonHostTestSession implements HostTestSession {
  readonly #output: OutputNotes;
  readonly #actions: BoardActions;
  readonly #over = new AbortController();
  readonly #ready: Promise<void>;
  #becomeReady: () => void = () => undefined;
  #isReady = false;
  #wantsLines = false;
  #child: PythonChild | undefined;
  /** Settled when nothing more comes from the process. */
  #reading: Promise<void> = Promise.resolve();
  #problem: string | null = null;
  #lastId = 0;
  #handled: (() => void) | undefined;
  /** When the attempt began, in seconds since 1970. */
  readonly #epochS: number;

  /** @param find tells where the host test is; what it rejects with ends the run */
  constructor(
    private readonly context: HostTestContext,
    private readonly python: string,
    find: () => Promise<HostTestPlace>,
  ) {
    this.#output = new OutputNotes((text) => context.note(text));
    this.#actions = new BoardActions(context, {
      happened: (event) => this.#tell(event),
      failed: (error) => this.#giveUp(error),
    });
    this.#epochS = (performance.timeOrigin + performance.now()) / 1000 - context.nowUs() / 1e6;
    this.#ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
    this.#run(find).catch((error: unknown) => this.#giveUp(error));
  }

  onMessage({ key, value, atUs }: HostTestMessage): Promise<void> {
    return this.#ask({ type: 'message', key, value, timestamp: this.#secondsAt(atUs) });
  }

  /** Most host tests do not look at lines; whether this one does is known when its setup() is over. */
  onLine(text: string, atUs: number): Promise<void> | undefined {
    if (this.#isReady && !this.#wantsLines) return undefined;
    return this.#line(text, atUs);
  }

  onExit(): Promise<void> {
    return this.#ask({ type: 'exit' });
  }

  /** @throws Error with what teardown() raised, or that it took too long */
  async end(): Promise<void> {
    this.#over.abort(new Error('the run is over'));
    const child = this.#child;
    if (!child) return;
    child.order({ type: 'end' });
    try {
      await within(TEARDOWN_MS, 'end of teardown()', child.exited);
      await within(DRAIN_MS, 'its last words', this.#reading);
    } finally {
      await child.kill();
    }
    if (this.#problem !== null) throw new Error(this.#problem);
  }

  async #run(find: () => Promise<HostTestPlace>): Promise<void> {
    const { file, attribute } = await find();
    if (this.#over.signal.aborted) return;
    const child = new PythonChild(this.python, (text) => this.#output.print(text));
    this.#child = child;
    child.order({ type: 'run', file, attribute, config: itemsOf(this.context.config) });
    this.#reading = this.#read(child);
    await Promise.race([child.exited, this.#reading]);
    throw new Error(await this.#deathOf(child));
  }

  /** Rejects when the process breaks the rules of the conversation. */
  async #read(child: PythonChild): Promise<void> {
    for await (const answer of child.answers(runAnswerSchema)) {
      await this.#obey(answer).catch((error: unknown) => this.#giveUp(error));
      if (answer.type === 'closed') return;
    }
  }

  /** How it died, when all that it said before has been heard. */
  async #deathOf(child: PythonChild): Promise<string> {
    await within(DRAIN_MS, 'its last words', this.#reading).catch((error: unknown) => {
      // Something that it has started may hold the pipe open.
      if (!(error instanceof DeadlineError)) throw error;
    });
    const how = await within(DRAIN_MS, 'its end', child.exited).catch(() => 'closed its output');
    return `the process of the host test ended: ${how}; ${child.lastWords || 'it wrote nothing'}`;
  }

  async #obey(answer: RunAnswer): Promise<void> {
    if (answer.type === 'ready') this.#setUp();
    else if (answer.type === 'wantsLines') this.#wantsLines = true;
    else if (answer.type === 'done') this.#done(answer.id);
    else if (answer.type === 'note') this.#output.add(answer.text);
    else if (answer.type === 'metric') this.#measured(answer);
    else if (answer.type === 'finish') this.context.finish(answer.verdict, answer.message);
    else if (answer.type === 'broken') throw new Error(answer.text);
    else if (answer.type === 'closed') this.#problem = answer.problem;
    else await unlessAborted(this.#over.signal, this.#actions.perform(answer));
  }

  #measured(texts: Extract<RunAnswer, { type: 'metric' }>): void {
    const metric = metricOf(texts);
    if (typeof metric === 'string') this.#output.add(`metric is left out: ${metric}`);
    else this.context.metric(metric);
  }

  #setUp(): void {
    this.#isReady = true;
    this.#becomeReady();
  }

  #done(id: number): void {
    const handled = this.#handled;
    if (id !== this.#lastId || !handled)
      throw new Error(`it is done with order ${id}, which is not open`);
    this.#handled = undefined;
    handled();
  }

  async #line(text: string, atUs: number): Promise<void> {
    await this.#ready;
    if (this.#wantsLines) await this.#ask({ type: 'line', text, timestamp: this.#secondsAt(atUs) });
  }

  /** Resolves when the host test has handled the event; stays open when the run ends before. */
  async #ask(event: RunEvent): Promise<void> {
    await this.#ready;
    const handled = new Promise<void>((resolve) => {
      this.#handled = resolve;
    });
    this.#child?.order({ ...event, id: ++this.#lastId });
    await handled;
  }

  #tell(type: 'resetComplete' | 'restarted'): void {
    this.#child?.order({ type, timestamp: this.#secondsAt(this.context.nowUs()) });
  }

  #secondsAt(atUs: number): number {
    return this.#epochS + atUs / 1e6;
  }

  #giveUp(error: unknown): void {
    if (!this.#over.signal.aborted)
      this.context.giveUp(error instanceof Error ? error : new Error(String(error)));
  }
}
