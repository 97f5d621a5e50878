export {
  ppk2Metadata,
  ppk2Minimap,
  ppk2Session,
  samplesOf,
  traceCsv,
  traceVcd,
} from './exports.js';
export { gapCode, type ValueTable, valueTable } from './sample-coding.js';
export { type SampleColumns, Summary } from './summary.js';
export type { ByteSource } from './trace-index.js';
export {
  type SampleSpan,
  type SpanSum,
  TraceReader,
  type TraceWindow,
} from './trace-reader.js';
export { chunkSamplesFor, TraceWriter } from './trace-writer.js';
