import type { Health } from '@greenrack/farm-protocol';

export interface BoardRow {
  serial: string;
  agent: string;
  spec_json: string;
  /** Gone from the inventory, kept for history. */
  removed: number;
  /** Its agent is away or finds it unusable. */
  offline: number;
  health: Health;
  /** Cause of the last change of `health`; `cause` is that of the last change of anything. */
  health_cause: string;
  cause: string;
  actor: string;
  since_ms: number;
  /** Grows with every lease. */
  fence: number;
  lease_id: string | null;
  /** What it runs (`BoardView.current`) while leased. */
  current_json: string | null;
  runs_finished: number;
  /** Faults in a row (`BoardFault[]`). */
  faults_json: string;
  /** The run that is to decide about the present suspicion. */
  check_run_id: string | null;
  /** Lines of its history. */
  transitions: number;
}

export interface BoardTransitionRow {
  serial: string;
  seq: number;
  at_ms: number;
  availability: 'idle' | 'leased' | 'offline';
  health: Health;
  cause: string;
  actor: string;
  evidence: string | null;
}

export interface AgentRow {
  name: string;
  version: string;
  host: string;
  host_tests_json: string | null;
  controller_id: string;
  connected: number;
  since_ms: number;
  present_until_ms: number;
}
