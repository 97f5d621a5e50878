/* Rows of what is known of series, and of the changes in them; what columns hold is said in the protocol's change.ts. */
import type {
  ChangeMetric,
  ChangeState,
  ChangeStep,
  ChangeView,
  ChangeWork,
  MetricKind,
  SeriesState,
} from '@greenrack/farm-protocol';

/** A series on one branch. */
export interface SeriesStateRow {
  series_id: string;
  /** Empty when nobody said. */
  ref: string;
  state: SeriesState['state'];
  profile: SeriesState['profile'];
  kind: MetricKind;
  /** Of its latest build, as the image and the value. */
  environment_id: string;
  image_sha256: string;
  value: number;
  builds: number;
  spread: number;
  false_alarms: number;
  calm_builds: number;
  gates: number;
  changed_ms: number;
  /** Grows with every write: who has looked before another wrote looks again. */
  revision: number;
}

export interface ChangeRow {
  id: string;
  tenant: string;
  repository: string | null;
  ref: string;
  target: string;
  image_name: string;
  board_serial: string;
  effect: ChangeView['effect'];
  state: ChangeState;
  work: ChangeWork;
  /** Its next step waits until another change of its tenant has ended one. */
  waiting: number;
  missing: string | null;
  good_sha256: string;
  good_sha: string | null;
  bad_sha256: string;
  bad_sha: string | null;
  exact: number;
  assignee: string | null;
  reason: string | null;
  actor: string | null;
  undoes: string | null;
  returns: string | null;
  found_ms: number;
  changed_ms: number;
}

export interface ChangeMetricRow {
  change_id: string;
  series_id: string;
  /** As it behaved when it was found. */
  kind: MetricKind;
  effect: ChangeView['effect'];
  before_value: number;
  after_value: number;
  p: number;
  /** Where it was found in its own series; the change's own ends close in on each other later. */
  good_sha256: string;
  bad_sha256: string;
  outcome: ChangeMetric['outcome'];
  shift: number | null;
}

export interface ChangeStepRow {
  change_id: string;
  seq: number;
  kind: ChangeStep['kind'];
  submission_id: string;
  good_sha256: string;
  good_sha: string | null;
  bad_sha256: string;
  bad_sha: string | null;
  /** One letter for each run, in order: A is the good image, B the bad one. */
  sides: string;
  outcome: ChangeStep['outcome'];
}
