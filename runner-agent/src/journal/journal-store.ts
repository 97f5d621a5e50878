import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Assignment, assignmentSchema } from '@greenrack/farm-protocol';
import type { Logger } from '../logger.js';
import { syncDirectory, writeDurably } from '../storage/durable-file.js';
import { isMissing } from '../storage/missing.js';
import { ASSIGNMENT_FILE, AttemptJournal, EVENTS_FILE } from './attempt-journal.js';
import { closeOrphan, type OrphanCause } from './close-orphan.js';
import { encodeEvent, loadEvents } from './event-log.js';
import { type Refusal, RefusedAttempts } from './refused-attempts.js';
import { copyStreams, salvageStreams } from './stream-files.js';

const RESTARTED: OrphanCause = {
  reason: 'agentRestarted',
  message: 'The agent process ended while it ran the attempt.',
};

/** The attempts on disk: `attempts/<attempt id>/` under the agent's state directory. */
export class JournalStore {
  readonly #dir: string;
  readonly #brokenDir: string;
  readonly #refused: RefusedAttempts;
  readonly #log: Logger;

  private constructor(stateDir: string, log: Logger) {
    this.#dir = join(stateDir, 'attempts');
    this.#brokenDir = join(stateDir, 'broken-attempts');
    this.#refused = new RefusedAttempts(stateDir);
    this.#log = log;
  }

  static async open(stateDir: string, log: Logger): Promise<JournalStore> {
    const store = new JournalStore(stateDir, log);
    await mkdir(store.#dir, { recursive: true, mode: 0o700 });
    return store;
  }

  /** Resolves when the assignment would survive a power cut: only then may it be accepted. */
  async create(assignment: Assignment): Promise<AttemptJournal> {
    const dir = join(this.#dir, assignment.attemptId);
    // A folder without its assignment file is the rest of a creation that never ended.
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { mode: 0o700 });
    const content = { dir, assignment, events: [], sizeBytes: 0, streams: new Map() };
    const opening = AttemptJournal.open(content);
    try {
      // Side by side: a freed board waits for this, and the folder's own entry needs none of the files in it.
      await Promise.all([
        opening,
        writeDurably(join(dir, ASSIGNMENT_FILE), JSON.stringify(assignment)),
        syncDirectory(this.#dir),
      ]);
    } catch (error) {
      // What could not be opened needs no closing; why is in `error` already.
      await opening.then(
        (journal) => journal.close(),
        () => undefined,
      );
      throw error;
    }
    return await opening;
  }

  /** What an earlier process left, each attempt with its end: those that were running are closed as `agentRestarted`. */
  async recover(): Promise<AttemptJournal[]> {
    const journals: AttemptJournal[] = [];
    for (const name of await readdir(this.#dir)) {
      const journal = await this.#reopen(join(this.#dir, name), name);
      if (journal) journals.push(journal);
    }
    return journals;
  }

  /**
   * Sets a journal aside whose report the controller refused. Resolves to one with what it has and an end that says
   * why; undefined when that was refused too, and the journal stays as it is.
   */
  async replace(journal: AttemptJournal, refusal: Refusal): Promise<AttemptJournal | undefined> {
    const { assignment, attemptId } = journal;
    await journal.flush();
    const dir = join(this.#dir, attemptId);
    const kept = await this.#refused.keep(dir, attemptId);
    if (kept === undefined) return undefined;
    await journal.close();
    this.#log.error({ attemptId, kept }, 'the journal of a refused attempt is kept');
    await mkdir(dir, { mode: 0o700 });
    const lines = journal.eventsAfter(0, refusal.seq).map(encodeEvent);
    await writeFile(join(dir, EVENTS_FILE), Buffer.concat(lines));
    await copyStreams(kept, dir, refusal.streamBytes);
    await writeDurably(join(dir, ASSIGNMENT_FILE), JSON.stringify(assignment));
    const cause = {
      reason: 'internalError',
      message: `The controller refused the report: ${refusal.why}`,
    } as const;
    return await this.#reopen(dir, attemptId, cause);
  }

  async #reopen(dir: string, name: string, cause = RESTARTED): Promise<AttemptJournal | undefined> {
    const text = await readAssignment(dir);
    if (text === undefined) {
      await rm(dir, { recursive: true, force: true });
      return undefined;
    }
    const assignment = parseAssignment(text);
    if (!assignment || assignment.attemptId !== name) return await this.#setAside(dir, name);
    const loaded = await loadEvents(join(dir, EVENTS_FILE));
    const saved = await salvageStreams(dir);
    const journal = await AttemptJournal.open({
      dir,
      assignment,
      ...loaded,
      streams: new Map(saved.seals.map(({ name, bytes }) => [name, bytes])),
    });
    if (!journal.ended) await closeOrphan(journal, saved, cause);
    return journal;
  }

  /** Keeps a journal that cannot be read for whoever wants to know why; its lease runs out by itself. */
  async #setAside(dir: string, name: string): Promise<undefined> {
    await mkdir(this.#brokenDir, { recursive: true, mode: 0o700 });
    const kept = join(this.#brokenDir, `${name}-${Date.now()}`);
    await rename(dir, kept);
    this.#log.error({ kept }, 'the journal of an attempt is damaged: moved aside, not reported');
  }
}

async function readAssignment(dir: string): Promise<string | undefined> {
  try {
    return await readFile(join(dir, ASSIGNMENT_FILE), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parseAssignment(text: string): Assignment | undefined {
  try {
    return assignmentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
