/** An image on its way. */
export interface UploadRow {
  id: string;
  tenant: string;
  sha256: string;
  size_bytes: number;
  received_bytes: number;
  /** Finished or given up: its pieces are about to be removed. */
  ended: number;
  touched_ms: number;
}

/** A piece of it, which the artifact store has. */
export interface UploadPieceRow {
  upload_id: string;
  at_byte: number;
  bytes: number;
  /** In the folder of the upload. */
  name: string;
}
