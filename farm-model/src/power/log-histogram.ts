/** 128 bins to a decade: a bin is 1.8 % wide. */
const BINS_PER_DECADE = 128;
const LEAST = 0.01;
const DECADES = 9;

/** Counts currents by their logarithm, in memory that does not grow: 10 nA to 10 A. */
export class LogHistogram {
  readonly #bins = new Float64Array(BINS_PER_DECADE * DECADES + 1);
  #total = 0;

  add(currentUa: Float32Array): void {
    const last = this.#bins.length - 1;
    for (let i = 0; i < currentUa.length; i++) {
      const ua = currentUa[i] ?? Number.NaN;
      if (Number.isNaN(ua)) continue;
      const bin = ua <= LEAST ? 0 : 1 + Math.floor(Math.log10(ua / LEAST) * BINS_PER_DECADE);
      const at = bin > last ? last : bin;
      this.#bins[at] = (this.#bins[at] ?? 0) + 1;
      this.#total++;
    }
  }

  /** The current that a share `q` of the samples does not exceed, in µA; 0 below the least. Undefined without samples. */
  quantile(q: number): number | undefined {
    let left = q * this.#total;
    for (let bin = 0; bin < this.#bins.length; bin++) {
      left -= this.#bins[bin] ?? 0;
      if (left <= 0 && this.#total > 0)
        return bin === 0 ? 0 : LEAST * 10 ** ((bin - 0.5) / BINS_PER_DECADE);
    }
    return undefined;
  }
}
