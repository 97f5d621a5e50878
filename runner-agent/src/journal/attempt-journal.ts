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
import { type SalvagedStreams, salvageStreams, streamFile } from './stream-files.js';

/** Written last before an attempt is accepted and removed first when it is done: with it, the folder is an attempt. */
export const ASSIGNMENT_FILE = 'assignment.json';
export const EVENTS_FILE = 'events.jsonl';

/** What a journal starts from. */
export interface JournalContent extends LoadedEvents {
  readonly dir: string;
  readonly assignment: Assignment;
  /** Bytes of its streams, by name. */
  readonly streams: ReadonlyMap<string, number>;
}

/**
 * Everything this agent knows of one attempt, on disk before it is told to anybody: the assignment, the numbered
 * events and the streams beside them.
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
  readonly #streams: Map<string, number>;
  readonly #readers = new Map<string, Promise<FileHandle>>();
  #encodedBytes = 0;
  #writtenSeq: number;

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
    this.#streams = new Map(content.streams);
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

  /** Names of the streams that have begun. */
  get streams(): readonly string[] {
    return [...this.#streams.keys()];
  }

  /** Where a stream belongs. Its writer reports growth with {@link streamGrew}. */
  streamPath(name: string): string {
    return join(this.#dir, streamFile(name));
  }

  /** Bytes of a stream on disk. */
  streamBytes(name: string): number {
    return this.#streams.get(name) ?? 0;
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

  /** Reads what is on disk of a stream. May return less than asked for. */
  async readStream(name: string, offset: number, maxBytes: number): Promise<Uint8Array> {
    const reader = this.#readers.get(name) ?? open(this.streamPath(name), 'r');
    this.#readers.set(name, reader);
    const length = Math.min(maxBytes, this.streamBytes(name) - offset);
    const buffer = new Uint8Array(length);
    const { bytesRead } = await (await reader).read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  streamGrew(name: string, bytes: number): void {
    this.#streams.set(name, bytes);
    this.#notify();
  }

  /** What is on disk of the streams, once nobody writes them any more. */
  salvage(): Promise<SalvagedStreams> {
    return salvageStreams(this.#dir);
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
    const [lastSeq, consoleBytes] = [this.#writtenSeq, this.streamBytes('console')];
    return { attemptId, leaseId, fence, boardSerial: board.serial, state, lastSeq, consoleBytes };
  }

  async close(): Promise<void> {
    await this.#file?.close();
    for (const reader of this.#readers.values()) await (await reader).close();
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
