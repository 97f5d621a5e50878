import { createInterface } from 'node:readline';
import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { CliContext } from '../cli-context.js';
import { onSignals } from '../cli-context.js';
import type { FarmClient } from '../client/farm-client.js';
import { type FollowedSubmission, followSubmission } from '../client/follow-submission.js';
import { errorText } from '../error-text.js';
import { EXIT } from '../exit-code.js';
import { type Progress, progressOn } from '../output/progress.js';
import type { Connection } from '../settings.js';

/** How long a cancelled submission may take to end, in ms: boards are restored first. */
const CANCEL_MS = 60_000;

export interface WaitResult extends FollowedSubmission {
  /** Set when a signal made us cancel. */
  readonly signalExit: number | undefined;
}

interface Wait {
  readonly context: CliContext;
  readonly client: FarmClient;
  readonly connection: Connection;
  readonly id: string;
}

/**
 * Follows a submission to its end with progress. A signal cancels the submission and waits for that; on a terminal
 * Ctrl-C asks first, and a second one means yes.
 */
export async function waitForSubmission(wait: Wait): Promise<WaitResult> {
  const progress = new ExplainedProgress(progressOn(wait.context), wait.client);
  const giveUp = new AbortController();
  const asker = new CancelAsker(wait, progress, giveUp);
  const stopListening = onSignals(wait.context, (name) => asker.heard(name));
  try {
    const followed = await followSubmission(wait.client, wait.connection, {
      id: wait.id,
      listener: progress,
      signal: giveUp.signal,
    });
    return { ...followed, signalExit: asker.exitCode };
  } finally {
    stopListening();
    asker.stop();
    progress.stop();
  }
}

/** How long nothing may begin before the farm is asked why, in ms. */
const EXPLAIN_AFTER_MS = 3000;

/** Progress of a submission, with the farm's reason when it does not begin. */
export class ExplainedProgress implements Progress {
  readonly #inner: Progress;
  readonly #client: FarmClient;
  #firstQueued: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(inner: Progress, client: FarmClient) {
    this.#inner = inner;
    this.#client = client;
  }

  run(view: RunView): void {
    if (view.state !== 'queued') clearTimeout(this.#timer);
    else if (this.#firstQueued === undefined) {
      this.#firstQueued = view.id;
      this.#timer = setTimeout(() => void this.#explain(view.id), EXPLAIN_AFTER_MS);
    }
    this.#inner.run(view);
  }

  submission(view: SubmissionView): void {
    this.#inner.submission(view);
  }

  connection(up: boolean): void {
    this.#inner.connection?.(up);
  }

  asks(why: string): void {
    this.#inner.asks?.(why);
  }

  waits(reason: string): void {
    this.#inner.waits(reason);
  }

  hold(isHeld: boolean): void {
    this.#inner.hold?.(isHeld);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#inner.stop();
  }

  async #explain(id: string): Promise<void> {
    try {
      const { state, waiting } = await this.#client.run(id);
      if (state === 'queued' && waiting) this.waits(waiting.reason);
    } catch (error) {
      this.waits(`the farm did not say why (${errorText(error)})`);
    }
  }
}

/** Whoever waited has gone; the submission goes on. */
export class LeftRunning extends Error {
  override readonly name = 'LeftRunning';
  constructor(id: string) {
    super(`${id} goes on; to see it: greenrack watch ${id}`);
  }
}

const QUESTION =
  'cancel submission? y: cancel it, l: leave it running, Enter: go on waiting [y/l/N] ';

/** Turns signals into at most one cancellation. */
class CancelAsker {
  readonly #wait: Wait;
  readonly #progress: Progress;
  readonly #giveUp: AbortController;
  #question: { close(): void } | undefined;
  #deadline: NodeJS.Timeout | undefined;
  exitCode: number | undefined;

  constructor(wait: Wait, progress: Progress, giveUp: AbortController) {
    this.#wait = wait;
    this.#progress = progress;
    this.#giveUp = giveUp;
  }

  heard(name: string): void {
    const { stdin, stderr } = this.#wait.context;
    const canAsk = name === 'SIGINT' && stdin.isTTY === true && stderr.isTTY === true;
    if (canAsk && !this.#question && this.exitCode === undefined) this.#ask();
    else this.#cancel(name === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
  }

  stop(): void {
    clearTimeout(this.#deadline);
    if (this.#question) this.#wait.context.stderr.write('\n');
    this.#asked();
  }

  #ask(): void {
    const { stdin, stderr } = this.#wait.context;
    this.#progress.hold?.(true);
    stderr.write(`\n${QUESTION}`);
    const lines = createInterface({ input: stdin, terminal: false });
    this.#question = lines;
    lines.once('line', (answer) => {
      this.#asked();
      if (/^y(es)?$/i.test(answer.trim())) this.#cancel(EXIT.interrupted);
      if (/^l(eave)?$/i.test(answer.trim())) this.#giveUp.abort(new LeftRunning(this.#wait.id));
    });
  }

  #asked(): void {
    this.#question?.close();
    this.#question = undefined;
    this.#progress.hold?.(false);
  }

  #cancel(exitCode: number): void {
    this.#asked();
    if (this.exitCode !== undefined) return;
    this.exitCode = exitCode;
    this.#wait.context.stderr.write(`\ncancelling submission ${this.#wait.id}\n`);
    const fail = (error: unknown) => this.#giveUp.abort(error);
    this.#deadline = setTimeout(
      () => fail(new Error(`submission ${this.#wait.id} did not end ${CANCEL_MS} ms after cancel`)),
      CANCEL_MS,
    );
    this.#wait.client.cancelSubmission(this.#wait.id).catch(fail);
  }
}
