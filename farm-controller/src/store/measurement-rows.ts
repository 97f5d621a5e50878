import type { Metric, MetricKind } from '@greenrack/farm-protocol';

/** A test, whatever is built in between: an image by its name, or a case of it. */
export interface TestRow {
  id: string;
  target: string;
  image_name: string;
  /** Empty for the image itself. */
  case_name: string;
  first_ms: number;
}

export interface MetricRow {
  attempt_id: string;
  /** Number of the event that brought it. */
  seq: number;
  name: string;
  value: number;
  unit: Metric['unit'];
  direction: Metric['direction'];
  case_name: string | null;
  kind: MetricKind | null;
  /** Why it is no point of a series. */
  refused: string | null;
}

/** A metric over builds: whose key is all that must not differ between its points. */
export interface SeriesRow {
  id: string;
  tenant: string;
  repository: string | null;
  target: string;
  image_name: string;
  /** Empty for a metric of the whole run. */
  case_name: string;
  metric: string;
  board_serial: string;
  toolchain: string | null;
  profile: string | null;
  configuration: string | null;
  instrument: string | null;
  unit: Metric['unit'];
  direction: Metric['direction'];
  kind: MetricKind;
  created_ms: number;
  /** Older points were removed by policy. */
  points_from_ms: number | null;
}

/** What one attempt measured; it outlives the attempt. */
export interface PointRow {
  series_id: string;
  attempt_id: string;
  run_id: string;
  at_ms: number;
  /** Median of the repeats. */
  value: number;
  repeats: number;
  /** Median of the repeats' distances from their median. */
  deviation: number;
  image_sha256: string;
  /** Empty when nobody said. */
  ref: string;
  sha: string | null;
  commit_ms: number | null;
  environment_id: string;
}

/** What was around the board when it was measured. */
export interface EnvironmentRow {
  id: string;
  facts_json: string;
  first_ms: number;
}
