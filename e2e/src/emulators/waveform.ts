/** What an emulated instrument sees at sample `i`. */
export interface WavePoint {
  readonly currentUa: number;
  /** Bit n is line Dn. */
  readonly lines?: number;
}

/** A current that is known for every sample, and so is its charge. */
export interface Waveform {
  readonly samples: number;
  at(i: number): WavePoint;
}

/** Low and high by turns; D0 is high with the current. */
export function square(
  samples: number,
  period: number,
  [lowUa, highUa]: [number, number],
): Waveform {
  const at = (i: number) =>
    i % period < period / 2 ? { currentUa: lowUa, lines: 0 } : { currentUa: highUa, lines: 1 };
  return { samples, at };
}

export function ramp(samples: number, fromUa: number, toUa: number): Waveform {
  return { samples, at: (i) => ({ currentUa: fromUa + ((toUa - fromUa) * i) / samples }) };
}

/** A floor with a spike of one sample in every `period`; D1 is high at the spike. */
export function spikes(
  samples: number,
  period: number,
  [floorUa, peakUa]: [number, number],
): Waveform {
  const at = (i: number) =>
    i % period === period - 1 ? { currentUa: peakUa, lines: 2 } : { currentUa: floorUa, lines: 0 };
  return { samples, at };
}

/** Sleep, a radio burst of `onSamples` with decaying current, sleep. D0 frames the burst. */
export function burst(samples: number, period: number, onSamples: number): Waveform {
  const at = (i: number) => {
    const t = i % period;
    if (t >= onSamples) return { currentUa: 3, lines: 0 };
    return { currentUa: 12_000 - (8000 * t) / onSamples, lines: 1 };
  };
  return { samples, at };
}

/** µA times samples. */
export function sumUa({ samples, at }: Waveform): number {
  let sum = 0;
  for (let i = 0; i < samples; i++) sum += at(i).currentUa;
  return sum;
}
