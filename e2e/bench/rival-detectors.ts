/*
 * What others find changes with, for comparison in the same run: E-divisive with a t-test (Apache Otava's kind), the L1
 * piecewise-constant fit with asv's penalty rule, and a vote of five two-sample tests (Perfherder's kind).
 */
export type Detector = (values: Float64Array) => number[];

const P = 0.001;

/** Two-sided normal tail; good enough where only one threshold is asked. */
function tail(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const sum =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 2 * 0.3989422804014327 * Math.exp((-z * z) / 2) * sum;
}

/** A t value as the normal value that is as rare (Wallace). */
const normalOfT = (t: number, df: number): number =>
  ((8 * df + 1) / (8 * df + 3)) * Math.sqrt(df * Math.log(1 + (t * t) / df));

const meanOf = (v: Float64Array): number => v.reduce((sum, x) => sum + x, 0) / v.length;
const squaresOf = (v: Float64Array, mean = meanOf(v)): number =>
  v.reduce((sum, x) => sum + (x - mean) ** 2, 0);

function studentP(a: Float64Array, b: Float64Array): number {
  const df = a.length + b.length - 2;
  const pooled = (squaresOf(a) + squaresOf(b)) / df;
  const error = Math.sqrt(pooled * (1 / a.length + 1 / b.length));
  const gap = Math.abs(meanOf(a) - meanOf(b));
  return error === 0 ? Number(gap === 0) : tail(normalOfT(gap / error, df));
}

/** The split that maximises the energy distance of the sides, weighted by their sizes. */
function energySplit(v: Float64Array): number {
  const n = v.length;
  const between = (from: number, to: number, i: number) => {
    let sum = 0;
    for (let j = from; j < to; j++) sum += Math.abs((v[i] ?? 0) - (v[j] ?? 0));
    return sum;
  };
  let [left, right, cross] = [0, 0, 0];
  for (let i = 0; i < n; i++) right += between(0, n, i) / 2;
  let best = { q: 0, at: 0 };
  for (let k = 1; k < n; k++) {
    const toLeft = between(0, k - 1, k - 1);
    const toRight = between(k, n, k - 1);
    left += toLeft;
    right -= toRight;
    cross += toRight - toLeft;
    const m = n - k;
    const inside =
      (k > 1 ? left / ((k * (k - 1)) / 2) : 0) + (m > 1 ? right / ((m * (m - 1)) / 2) : 0);
    const q = ((2 * cross) / (k * m) - inside) * ((k * m) / n);
    if (q > best.q) best = { q, at: k };
  }
  return best.at;
}

export const eDivisive: Detector = (values) => {
  const found: number[] = [];
  const divide = (from: number, to: number): void => {
    const part = values.subarray(from, to);
    const at = part.length < 4 ? 0 : energySplit(part);
    if (at === 0 || studentP(part.subarray(0, at), part.subarray(at)) >= P) return;
    divide(from, from + at);
    found.push(from + at);
    divide(from + at, to);
  };
  divide(0, values.length);
  return found;
};

/** Costs of fitting values `i` to `j` by their median. */
function medianCosts(v: Float64Array): Float64Array[] {
  return Array.from(v, (_, i) => {
    const costs = new Float64Array(v.length);
    const sorted: number[] = [];
    for (let j = i; j < v.length; j++) {
      const x = v[j] ?? 0;
      let place = sorted.length;
      while (place > 0 && (sorted[place - 1] ?? 0) > x) place--;
      sorted.splice(place, 0, x);
      const middle = sorted[sorted.length >> 1] ?? 0;
      let cost = 0;
      for (const one of sorted) cost += Math.abs(one - middle);
      costs[j] = cost;
    }
    return costs;
  });
}

function pottsFit(costs: readonly Float64Array[], gamma: number): { at: number[]; cost: number } {
  const n = costs.length;
  const best = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(n + 1);
  best[0] = -gamma;
  for (let to = 1; to <= n; to++)
    for (let i = 0; i < to; i++) {
      const cost = (best[i] ?? 0) + gamma + (costs[i]?.[to - 1] ?? 0);
      if (cost < (best[to] ?? 0)) {
        best[to] = cost;
        from[to] = i;
      }
    }
  const at: number[] = [];
  for (let to = from[n] ?? 0; to > 0; to = from[to] ?? 0) at.unshift(to);
  return { at, cost: (best[n] ?? 0) - gamma * at.length };
}

/** asv weighs segments against the log of the mean residual, with 4 ln n / n for each. */
export const potts: Detector = (values) => {
  const n = values.length;
  const costs = medianCosts(values);
  const whole = costs[0]?.[n - 1] ?? 0;
  const floor = whole * 1e-4;
  let best = { score: Number.POSITIVE_INFINITY, at: [] as number[] };
  for (let gamma = whole; gamma > whole / 200; gamma *= 0.75) {
    const { at, cost } = pottsFit(costs, gamma);
    const score = ((4 * Math.log(n)) / n) * at.length + Math.log((cost + floor) / n);
    if (score < best.score) best = { score, at };
  }
  return best.at;
};

const SIDE = 12;

function ranksOf(a: Float64Array, b: Float64Array): { u: number; ks: number; cvm: number } {
  const all = [...a].map((x) => ({ x, a: 1 })).concat([...b].map((x) => ({ x, a: 0 })));
  all.sort((p, q) => p.x - q.x);
  let [sum, f, g, ks, cvm] = [0, 0, 0, 0, 0];
  for (const [i, one] of all.entries()) {
    if (one.a === 1) sum += i + 1;
    f += one.a / a.length;
    g += (1 - one.a) / b.length;
    ks = Math.max(ks, Math.abs(f - g));
    cvm += (f - g) ** 2;
  }
  return { u: sum, ks, cvm: (cvm * a.length * b.length) / (a.length + b.length) ** 2 };
}

/** At each place the 12 values before against the 12 after; a change where three of five tests say so. */
export const vote: Detector = (values) => {
  const found: number[] = [];
  for (let at = 3; at <= values.length - 3; at++) {
    const a = values.subarray(Math.max(0, at - SIDE), at);
    const b = values.subarray(at, at + SIDE);
    const [n, m] = [a.length, b.length];
    const { u, ks, cvm } = ranksOf(a, b);
    const z = (u - (n * (n + m + 1)) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
    const error = Math.sqrt(squaresOf(a) / (n - 1) / n + squaresOf(b) / (m - 1) / m);
    const welch = Math.abs(meanOf(a) - meanOf(b)) / error;
    const size = Math.sqrt((n * m) / (n + m));
    const votes = [
      studentP(a, b) < P,
      tail(normalOfT(welch, Math.min(n, m) - 1)) < P,
      tail(z) < P,
      2 * Math.exp(-2 * (ks * size) ** 2) < P,
      // The 0.1 % point of the two-sample Cramér–von Mises statistic.
      cvm > 1.168,
    ];
    if (votes.filter(Boolean).length >= 3) found.push(at);
  }
  return found;
};
