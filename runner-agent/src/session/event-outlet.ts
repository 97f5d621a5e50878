import { type EventBody, type Metric, metricSchema } from '@greenrack/farm-protocol';
import type { z } from 'zod';
import { bounded, MAX_MESSAGE_CHARS, quoted } from './bounded-text.js';
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

  /** Reports the metrics that a message carries; those that a test names are of the case that runs. */
  metrics(key: string, value: string, caseName: string | undefined): void {
    const metrics = readMetrics(key, value);
    if (typeof metrics === 'string')
      this.note(`unreadable metric: ${key} = ${quoted(bounded(value, 200))}: ${metrics}`);
    else
      for (const metric of metrics ?? [])
        this.#metric(key === 'metric' && caseName !== undefined ? { ...metric, caseName } : metric);
  }

  /** Reports what a host test has measured, if it can be a metric. */
  measured(metric: Metric): void {
    const read = metricSchema.safeParse(metric);
    if (read.success) this.#metric(read.data);
    else this.note(`metric of the host test is left out: ${problemOf(read.error)}`);
  }

  #metric(metric: Metric): void {
    if (++this.#metrics <= MAX_METRICS) this.emit({ type: 'metric', metric });
    else if (this.#metrics === MAX_METRICS + 1)
      this.note(
        `only the first ${MAX_METRICS} metrics are recorded: this one and all after it are left out`,
      );
  }
}

function problemOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}
