import type { Metric } from '@greenrack/farm-protocol';
import { bounded, wholeNumber } from './bounded-text.js';
import { parseMetric } from './metric-text.js';

/*
 * Numbers that a test sends at any time, and those that the firmware sends just before its end:
 *   {{metric;context switch;118.25;cycles;lower}}                        name, value, unit, direction
 *   {{metric;code size;11264;bytes;lower;exact}}                         and kind
 *   {{max_heap_usage;4096}}  {{reserved_heap;65536}}                     bytes
 *   {{__thread_info;"0x020001234",512,4096}}                             5.15: id, deepest use, size
 *   {{__thread_info;"main","0x20001234",512,4096}}                       6.x: name first
 */
const MAX_THREAD_NAME = 80;
/** A name in quotes may hold commas. */
const FIELD = /"[^"]*"|[^,"]+/g;

function bytes(name: string, text: string | undefined, direction: Metric['direction']): Metric[] {
  const value = wholeNumber(text?.trim());
  return value === undefined ? [] : [{ name, value, unit: 'bytes', direction }];
}

function threadMetrics(value: string): Metric[] {
  const fields = (value.match(FIELD) ?? []).map((field) => field.trim());
  const size = fields.pop();
  const used = fields.pop();
  const thread = (fields[0] ?? '').replaceAll('"', '');
  if (fields.length === 0 || fields.length > 2 || thread === '') return [];
  const name = `thread.${bounded(thread, MAX_THREAD_NAME)}`;
  return [
    ...bytes(`${name}.stack_used`, used, 'lower'),
    ...bytes(`${name}.stack_size`, size, 'none'),
  ];
}

const READERS: ReadonlyMap<string, (value: string) => Metric[]> = new Map([
  ['max_heap_usage', (value: string) => bytes('max_heap_usage', value, 'lower')],
  ['reserved_heap', (value: string) => bytes('reserved_heap', value, 'none')],
  ['__thread_info', threadMetrics],
]);

/** Metrics in a message; undefined when it carries none by its key, a text that says why when it cannot be read. */
export function readMetrics(key: string, value: string): Metric[] | string | undefined {
  if (key === 'metric') {
    const metric = parseMetric(value);
    return typeof metric === 'string' ? metric : [metric];
  }
  const metrics = READERS.get(key)?.(value);
  return metrics?.length === 0 ? 'expected whole numbers of bytes' : metrics;
}
