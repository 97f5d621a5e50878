import type { EventBody } from '@greenrack/farm-protocol';
import { bounded, MAX_MESSAGE_CHARS } from './bounded-text.js';
import { readMetrics } from './firmware-metrics.js';
import type { EmitEvent, SessionClock } from './session-types.js';

/** Notes and metrics that one session may leave; hostile firmware may send any number. */
const MAX_NOTES = 200;
const MAX_METRICS = 1000;

/** Hands events out with times that never go back, and no more of them than a journal should hold. */
export class EventOutlet {
  #notes = 0;
  #metrics = 0;
  #lastUs = 0;
  /** Set while bytes are being read: what they cause happened when they arrived. */
  arrivedUs: number | undefined;

  constructor(
    private readonly sink: EmitEvent,
    private readonly clock: SessionClock,
  ) {}

  /** Time of what happens now, in whole microseconds. */
  nowUs(): number {
    const us = Math.round(this.arrivedUs ?? this.clock.nowUs());
    this.#lastUs = Math.max(us, this.#lastUs);
    return this.#lastUs;
  }

  emit(body: EventBody): void {
    this.sink(body, this.nowUs());
  }

  note(text: string): void {
    if (++this.#notes <= MAX_NOTES)
      this.emit({ type: 'note', text: bounded(text, MAX_MESSAGE_CHARS) });
  }

  /** Reports the metrics that a message carries. */
  metrics(key: string, value: string): void {
    const metrics = readMetrics(key, value);
    if (metrics?.length === 0)
      this.note(`unreadable metric: ${key} = ${JSON.stringify(bounded(value, 200))}`);
    for (const metric of metrics ?? [])
      if (++this.#metrics <= MAX_METRICS) this.emit({ type: 'metric', metric });
  }
}
