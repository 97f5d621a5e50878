import { type ChildProcess, spawn } from 'node:child_process';
import type { ChangeSource } from './until-found.js';

/**
 * Tells when anything was mounted or unmounted. The kernel announces that only to a poll of /proc/self/mountinfo, which
 * Node cannot do: findmnt (util-linux) does it for us and prints a line each time. It dies with us.
 */
class MountChanges implements ChangeSource {
  readonly #listeners = new Set<() => void>();
  #child: ChildProcess | undefined;

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
    const args = ['--pdeathsig', 'KILL', '--', 'findmnt', '--poll', '-n', '-o', 'ACTION,TARGET'];
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

/** One for the whole process: boards share it. */
export const mountChanges: ChangeSource = new MountChanges();
