import {
  MAX_METRIC_NAME_CHARS,
  METRIC_KINDS,
  METRIC_UNITS,
  type Metric,
  type MetricKind,
  metricDirectionSchema,
} from '@greenrack/farm-protocol';
import { bounded, quoted } from './bounded-text.js';

/** Longest text that holds a metric: name, number and three words. */
const MAX_CHARS = MAX_METRIC_NAME_CHARS + 120;
const NAME = /^[^\p{C}\p{Zl}\p{Zp};{}]+$/u;
const NUMBER = /^[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?$/;
const DIRECTIONS = metricDirectionSchema.options;

/** What a metric is read from, field by field. */
export interface MetricTexts {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly direction: string;
  readonly kind?: string | undefined;
}

/** Reads `name;value;unit;direction`, behind it perhaps `;kind`. Answers what is wrong with a text that is none. */
export function parseMetric(text: string): Metric | string {
  if (text.length > MAX_CHARS) return `${text.length} characters, over ${MAX_CHARS}`;
  const [name = '', value, unit, direction, kind, ...rest] = text.split(';');
  if (value === undefined || unit === undefined || direction === undefined || rest.length > 0)
    return 'expected name;value;unit;direction, or name;value;unit;direction;kind';
  return metricOf({ name, value, unit, direction, kind });
}

/** A metric from its fields, or what is wrong with them. */
export function metricOf({ name, value, unit, direction, kind }: MetricTexts): Metric | string {
  const number = NUMBER.test(value) ? Number(value) : Number.NaN;
  const problem =
    problemOfName(name) ??
    (Number.isFinite(number) ? undefined : `value: expected a finite number, got ${quoted(value)}`);
  if (problem !== undefined) return problem;
  if (!isOneOf(METRIC_UNITS, unit)) return unknown('unit', METRIC_UNITS, unit);
  if (!isOneOf(DIRECTIONS, direction)) return unknown('direction', DIRECTIONS, direction);
  if (kind !== undefined && !isOneOf(METRIC_KINDS, kind))
    return unknown('kind', METRIC_KINDS, kind);
  return { name, value: number, unit, direction, ...kindOf(kind) };
}

function problemOfName(name: string): string | undefined {
  if (name.length > MAX_METRIC_NAME_CHARS)
    return `name: ${name.length} characters, over ${MAX_METRIC_NAME_CHARS}`;
  return NAME.test(name) ? undefined : `name: expected printable text, got ${quoted(name)}`;
}

function kindOf(kind: MetricKind | undefined): { kind?: MetricKind } {
  return kind === undefined ? {} : { kind };
}

function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}

function unknown(what: string, words: readonly string[], got: string): string {
  return `${what}: expected ${words.join(', ')}, got ${quoted(bounded(got, 40))}`;
}
