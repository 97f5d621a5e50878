import type { Tx } from './store-database.js';

/** One step forward. There is no way back: a mistake is corrected by the next step. */
export interface Migration {
  /** 1, 2, 3… without gaps. */
  readonly version: number;
  readonly name: string;
  /** Done in one transaction: they must not go through rows of a table that grows with the history. */
  readonly statements: readonly string[];
  /** What goes through such rows, after the statements. */
  readonly fill?: Fill;
}

/** Goes through a table in the order of a text key, some rows at a time, each batch in a transaction of its own. */
export interface Fill {
  readonly table: string;
  /** A column with an index that begins with it. */
  readonly key: string;
  batch(tx: Tx, range: KeyRange): Promise<void>;
}

/** Rows with a key greater than `after`, up to `upTo` and with it. */
export interface KeyRange {
  readonly after: string;
  readonly upTo: string;
}

/** How far a fill is. */
export interface FillProgress {
  readonly migration: string;
  readonly rowsDone: number;
  /** As many as there were when it began. */
  readonly rowsTotal: number;
}
