import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { PowerPart } from '../../contracts/board-part.js';

/** An output of a device that can be switched. */
export interface Output {
  /** Resolves when the device has switched, as far as it tells. @throws RunFault */
  set(isOn: boolean, signal: AbortSignal): Promise<void>;
  /** Looks at the device without switching. @throws RunFault */
  check(signal: AbortSignal): Promise<string>;
}

/** Fields of every power part. */
export const switchFields = {
  /** A supply that was cut stays off at least this long, in ms: capacitors and probes on SWD keep a target alive. */
  offMs: z.number().int().min(0).max(60_000).default(500),
};

/** Longest switching of an output at the end of a run, when nobody can cancel it. */
const OFF_MS = 8000;

/** Power for one board through an output. */
export class TwoWaySwitch implements PowerPart {
  readonly #output: Output;
  readonly #offMs: number;
  #offAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output, offMs: number) {
    this.#output = output;
    this.#offMs = offMs;
  }

  async check(signal: AbortSignal): Promise<string> {
    return await this.#output.check(signal);
  }

  async on(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const leftMs = this.#offAt + this.#offMs - performance.now();
    if (leftMs > 0) await pause(leftMs, undefined, { signal });
    await this.#output.set(true, signal);
  }

  async off(): Promise<void> {
    await this.#output.set(false, AbortSignal.timeout(OFF_MS));
    this.#offAt = performance.now();
  }
}
