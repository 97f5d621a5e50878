import { type ChildProcess, spawn } from 'node:child_process';
import type { ChangeSource } from './until-found.js';

/** Tells of changes that Node cannot hear itself: a child prints something at each. It runs while somebody listens. */
export class ChildChanges implements ChangeSource {
  readonly #command: readonly string[];
  readonly #listeners = new Set<() => void>();
  #child: ChildProcess | undefined;

  /** @param command - program and arguments; it dies with us */
  constructor(command: readonly string[]) {
    this.#command = command;
  }

  subscribe(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    this.#child ??= this.#start();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#child?.kill();
      this.#child = undefined;
    };
  }

  #start(): ChildProcess {
    const args = ['--pdeathsig', 'KILL', '--', ...this.#command];
    const child = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout?.on('data', () => this.#tell());
    // When it ends by itself the next subscriber starts it anew; whoever waits has a deadline.
    const ended = (): void => {
      if (this.#child === child) this.#child = undefined;
    };
    child.once('error', ended);
    child.once('exit', ended);
    return child;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
