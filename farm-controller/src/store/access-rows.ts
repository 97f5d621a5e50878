import type { ImageFormat, Role } from '@greenrack/farm-protocol';

export interface ImageRow {
  sha256: string;
  size_bytes: number;
  format: ImageFormat;
  target_name: string | null;
  segments_json: string;
  created_ms: number;
  /** Since when its bytes are removed, or about to be. */
  removed_ms: number | null;
  /** Whoever brought it; null for what the farm has brought itself. */
  tenant: string | null;
}

/** What a tenant has and may have; one without a row has no logs and no quota. */
export interface TenantRow {
  tenant: string;
  /** Of its streams in the artifact store. */
  log_bytes: number;
  max_bytes: number | null;
  max_queued_runs: number | null;
}

export interface TokenRow {
  id: string;
  name: string;
  role: Role;
  tenant: string;
  secret_hash: string;
  created_ms: number;
  expires_ms: number | null;
  revoked_ms: number | null;
  /** Of a session of a workflow: by which trust, of which repository (issuer and id), for which commit (`BoundOrigin`). */
  trust_id: string | null;
  bound_to: string | null;
  bound_json: string | null;
}

/** Which workflows get sessions. */
export interface OidcTrustRow {
  id: string;
  name: string;
  issuer: string;
  owner_id: number;
  repository_id: number | null;
  /** The rest of it (`OidcTrustView`). */
  terms_json: string;
  created_ms: number;
}

/** A token of a workflow that has been exchanged: never again. */
export interface OidcUsedRow {
  /** SHA-256 of its issuer and id. */
  digest: string;
  /** It may be forgotten then. */
  until_ms: number;
}

/** Something that somebody told the farm to do. */
export interface AuditRow {
  id: string;
  at_ms: number;
  actor: string;
  role: Role;
  tenant: string;
  token_id: string | null;
  action: string;
  subject: string;
  detail: string;
  outcome: string | null;
}
