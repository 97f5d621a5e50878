import type { MeterInfo } from '@greenrack/farm-protocol';
import type { BoardPart } from './board-part.js';

/** Samples that follow each other. The arrays are the meter's again when the call returns. */
export interface SampleBlock {
  /** Number of its first sample since the measurement began; lost ones are counted. */
  readonly first: number;
  /** As the instrument's coding has them. */
  readonly codes: Uint32Array;
  /** In µA; NaN where there is no measurement. May be another view of `codes`. */
  readonly currentUa: Float32Array;
  /** Bit n is line Dn. */
  readonly digital: Uint8Array;
}

/** Samples that are not there. They are in the blocks too, as the code for what was lost. */
export interface SampleGap {
  readonly first: number;
  readonly count: number;
  /** For people: how it shows that they are missing. */
  readonly cause: string;
}

export interface SampleSink {
  samples(block: SampleBlock): void;
  /** Called before the block that holds what was lost. */
  gap(gap: SampleGap): void;
}

export interface MeterListener extends SampleSink {
  /** The instrument is gone, or says nothing any more. Called at most once, never after `stop`. */
  lost(message: string): void;
}

/** Who hears a measurement by an instrument like that. Called once, before the first sample. */
export type BeginMeasurement = (meter: MeterInfo) => MeterListener;

/** Measures the current of one board. */
export interface PowerMeter {
  /**
   * Begins a measurement; resolves when the instrument was told to. What it held from before is not part of it.
   * @throws RunFault with `meterFailed`
   */
  start(begin: BeginMeasurement, signal: AbortSignal): Promise<void>;
  /** Ends the measurement if there is one: afterwards the listener is not called. @throws RunFault */
  stop(): Promise<void>;
}

export type MeterPart = PowerMeter & BoardPart;
