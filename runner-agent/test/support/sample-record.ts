import type { MeterListener, SampleBlock, SampleGap } from '../../src/contracts/power-meter.js';

/** Keeps all that a meter says. */
export class SampleRecord implements MeterListener {
  readonly currentUa: number[] = [];
  readonly digital: number[] = [];
  readonly gaps: SampleGap[] = [];
  lostWith: string | undefined;
  #reached: { count: number; resolve: () => void } | undefined;
  #told: (() => void) | undefined;

  samples({ first, currentUa, digital }: SampleBlock): void {
    if (first !== this.currentUa.length) throw new Error(`${first} after ${this.currentUa.length}`);
    for (const each of currentUa) this.currentUa.push(each);
    for (const each of digital) this.digital.push(each);
    if (this.#reached && this.currentUa.length >= this.#reached.count) this.#reached.resolve();
  }

  gap(gap: SampleGap): void {
    this.gaps.push(gap);
  }

  lost(message: string): void {
    this.lostWith = message;
    this.#told?.();
  }

  /** Resolves when so many samples are here. */
  async reaches(count: number): Promise<void> {
    if (this.currentUa.length >= count) return;
    await new Promise<void>((resolve) => {
      this.#reached = { count, resolve };
    });
  }

  async isLost(): Promise<void> {
    if (this.lostWith !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#told = resolve;
    });
  }

  /** µA times samples, of those that are there. */
  get sumUa(): number {
    return this.currentUa.reduce((sum, each) => (Number.isNaN(each) ? sum : sum + each), 0);
  }

  /** Where line `n` changes. */
  edges(n: number): number[] {
    const level = (i: number) => ((this.digital[i] ?? 0) >> n) & 1;
    return this.digital.flatMap((_, i) => (i > 0 && level(i) !== level(i - 1) ? [i] : []));
  }
}
