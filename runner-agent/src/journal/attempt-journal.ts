import { type FileHandle, open, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Assignment,
  AttemptEnd,
  AttemptEvent,
  EventBody,
  HeldAttempt,
} from '@greenrack/farm-protocol';
import { AppendFile } from '../storage/append-file.js';
import { encodeEvent, type LoadedEvents } from './event-log.js';

/** Written last before an attempt is accepted and removed first when it is done: with it, the folder is an attempt. */
export const ASSIGNMENT_FILE = 'assignment.json';
export const EVENTS_FILE = 'events.jsonl';
export const CONSOLE_FILE = 'console.grlog';

/** What a journal starts from. */
export interface JournalContent extends LoadedEvents {
  readonly dir: string;
  readonly assignment: Assignment;
  readonly consoleBytes: number;
}

/**
 * Everything this agent knows of one attempt, on disk before it is told to anybody: the assignment, the numbered
 * events and the console log.
 */
export class AttemptJournal {
  readonly assignment: Assignment;
  readonly #dir: string;
  readonly #events: AttemptEvent[];
  /** Where each event ends in the file. */
  readonly #ends: number[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #troubled = new Set<(error: Error) => void>();
  #file: AppendFile | undefined;
  #console: Promise<FileHandle> | undefined;
  #encodedBytes = 0;
  #writtenSeq: number;
  #consoleBytes: number;

  private constructor(content: JournalContent) {
    this.assignment = content.assignment;
    this.#dir = content.dir;
    this.#events = content.events;
    for (const event of content.events) {
      this.#encodedBytes += encodeEvent(event).length;
      this.#ends.push(this.#encodedBytes);
    }
    this.#encodedBytes = content.sizeBytes;
    this.#writtenSeq = content.events.length;
    this.#consoleBytes = content.consoleBytes;
  }

  /** Opens the event file of a folder whose assignment is already written. */
  static async open(content: JournalContent): Promise<AttemptJournal> {
    const journal = new AttemptJournal(content);
    journal.#file = await AppendFile.open(join(content.dir, EVENTS_FILE), content.sizeBytes, {
      lingerMs: 0,
      onWritten: (_batch, total) => journal.#written(total),
      onError: (error) => journal.troubled(error),
    });
    return journal;
  }

  get attemptId(): string {
    return this.assignment.attemptId;
  }

  /** Where the console log belongs. Its writer reports growth with {@link consoleGrew}. */
  get consolePath(): string {
    return join(this.#dir, CONSOLE_FILE);
  }

  /** Bytes of console log on disk. */
  get consoleBytes(): number {
    return this.#consoleBytes;
  }

  /** Number of the last event appended, 0 before the first. */
  get lastSeq(): number {
    return this.#events.length;
  }

  /** Number of the last event that is on disk. */
  get writtenSeq(): number {
    return this.#writtenSeq;
  }

  /** The last event of all is on disk. */
  get ended(): boolean {
    return this.end !== undefined;
  }

  /** How the attempt ended, once that is on disk. */
  get end(): AttemptEnd | undefined {
    const body = this.#events[this.#writtenSeq - 1]?.body;
    return body?.type === 'attemptEnd' ? body : undefined;
  }

  /** Appends the next event; it is on disk soon after. @throws Error after `attemptEnd`. */
  append(body: EventBody, atUs: number): void {
    const last = this.#events.at(-1);
    if (last?.body.type === 'attemptEnd')
      throw new Error(`${this.attemptId}: ${body.type} after attemptEnd`);
    const event = {
      seq: this.#events.length + 1,
      atUs: Math.max(Math.trunc(atUs), last?.atUs ?? 0),
      body,
    };
    const line = encodeEvent(event);
    this.#encodedBytes += line.length;
    this.#events.push(event);
    this.#ends.push(this.#encodedBytes);
    this.#file?.append(line);
  }

  /** Events on disk after number `seq`: at most `max` of them and, but for the first, at most `maxBytes` as JSON. */
  eventsAfter(seq: number, max: number, maxBytes = Number.POSITIVE_INFINITY): AttemptEvent[] {
    const limit = (this.#ends[seq - 1] ?? 0) + maxBytes;
    const last = Math.min(this.#writtenSeq, seq + max);
    let end = Math.min(last, seq + 1);
    while (end < last && (this.#ends[end] ?? 0) <= limit) end++;
    return this.#events.slice(seq, end);
  }

  /** Reads console log that is on disk. May return less than asked for. */
  async readConsole(offset: number, maxBytes: number): Promise<Uint8Array> {
    this.#console ??= open(this.consolePath, 'r');
    const length = Math.min(maxBytes, this.#consoleBytes - offset);
    const buffer = new Uint8Array(length);
    const { bytesRead } = await (await this.#console).read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  consoleGrew(bytes: number): void {
    this.#consoleBytes = bytes;
    this.#notify();
  }

  /** A write to this journal failed; it is being tried again. */
  troubled(error: Error): void {
    for (const listener of this.#troubled) listener(error);
  }

  /** `listener` is called whenever more is on disk. Returns how to stop that. */
  onGrowth(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `listener` is called for every failed write. Returns how to stop that. */
  onTrouble(listener: (error: Error) => void): () => void {
    this.#troubled.add(listener);
    return () => this.#troubled.delete(listener);
  }

  /** Resolves when every event so far is on disk. */
  async flush(): Promise<void> {
    await this.#file?.flush();
  }

  /** What the agent tells of it when it greets a controller. */
  held(): HeldAttempt {
    const { attemptId, leaseId, fence, board } = this.assignment;
    const state = this.ended ? 'ended' : 'running';
    const [lastSeq, consoleBytes] = [this.#writtenSeq, this.#consoleBytes];
    return { attemptId, leaseId, fence, boardSerial: board.serial, state, lastSeq, consoleBytes };
  }

  async close(): Promise<void> {
    await this.#file?.close();
    if (this.#console) await (await this.#console).close();
  }

  /** Forgets the attempt: the controller has everything, or wants nothing of it. */
  async delete(): Promise<void> {
    await unlink(join(this.#dir, ASSIGNMENT_FILE));
    await this.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  #written(totalBytes: number): void {
    while (this.#writtenSeq < this.#ends.length) {
      const end = this.#ends[this.#writtenSeq];
      if (end === undefined || end > totalBytes) break;
      this.#writtenSeq++;
    }
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
