import { createHash } from 'node:crypto';
import {
  type AttemptEvent,
  type AttemptVerdict,
  type EndReason,
  type EventBody,
  encodeLogHeader,
  encodeRecordHeader,
} from '@greenrack/farm-protocol';
import { endLeases } from '../../../src/lease/end-leases.js';
import { Leases } from '../../../src/lease/leases.js';
import { boardTrust } from '../../../src/results/board-trust.js';
import { runFate } from '../../../src/results/run-fate.js';
import { bin } from './images.js';
import { imagePart, M3, specOf, specPart, submitted } from './submit.js';
import type { TestFarm } from './test-farm.js';

const policy = { run: runFate, board: boardTrust(3, () => true), endLeases };

/** An attempt that is under way on a board. */
export interface Running {
  readonly runId: string;
  readonly submissionId: string;
  readonly attemptId: string;
  readonly fence: number;
  /** Commits events as an agent's would be, numbered on; publishes them and the change. */
  tell(...bodies: EventBody[]): Promise<AttemptEvent[]>;
  /** Appends to the console log and publishes its size. */
  print(bytes: Uint8Array): Promise<void>;
  end(verdict: AttemptVerdict, reason?: EndReason, message?: string): Promise<void>;
}

/** Submits one run and starts its first attempt. */
export async function startRun(farm: TestFarm, boardSerial = 'virt-m3-01'): Promise<Running> {
  const spec = specOf([{ image: 'a.bin', target: M3, board: boardSerial }]);
  const { runs } = await submitted(farm, [specPart(spec), imagePart('a.bin', bin())]);
  return startAttempt(farm, runs[0]?.id ?? '', boardSerial);
}

/** Leases the board, as the stages do, and says that it is there. */
export async function startAttempt(
  farm: TestFarm,
  runId: string,
  boardSerial: string,
): Promise<Running> {
  const agent = 'virtual-1';
  await farm.store.boards.report(
    agent,
    [{ serial: boardSerial, usable: true, detail: 'found' }],
    Date.now(),
  );
  const grant = await new Leases(farm.store).grant({
    ...{ runId, boardSerial, agent, nowMs: Date.now() },
    ...{ ttlMs: 60_000, maxConsoleBytes: 1_000_000 },
  });
  if (grant.kind !== 'granted') throw new Error(`no lease: ${grant.kind}`);
  farm.news.publish({ change: grant.change });
  const { attemptId, fence } = grant.assignment;
  let seq = 0;
  let size = 0;
  const hash = createHash('sha256');
  const tell = async (...bodies: EventBody[]) => {
    const events = bodies.map((body) => ({ seq: ++seq, atUs: seq * 1000, body }));
    const batch = { agent, attemptId, fence, events };
    const { followUp } = await farm.store.attempts.append([batch], Date.now(), policy);
    farm.news.publish({ change: followUp.change, attemptEvents: { runId, attemptId, events } });
    return events;
  };
  const print = async (bytes: Uint8Array) => {
    hash.update(bytes);
    size = await farm.spool.append({ attemptId, name: 'console' }, size, bytes);
    farm.news.publish({ console: { attemptId, size, done: false } });
  };
  const end = async (verdict: AttemptVerdict, reason: EndReason = 'completed', message = '') => {
    const proof = { consoleBytes: size, consoleSha256: hash.digest('hex') };
    await tell({ type: 'attemptEnd', verdict, reason, message, ...proof });
    farm.news.publish({ console: { attemptId, size, done: true } });
  };
  const submissionId = (await farm.store.runs.get(runId))?.submissionId ?? '';
  return { runId, submissionId, attemptId, fence, tell, print, end };
}

export interface Said {
  readonly text: string | Uint8Array;
  readonly direction?: 'rx' | 'tx';
  readonly afterUs?: number;
}

/** A console log file; `wallMs` undefined goes on with one. */
export function consoleLog(wallMs: number | undefined, ...said: Said[]): Buffer {
  const records = said.flatMap(({ text, direction = 'rx', afterUs = 1000 }) => {
    const bytes = Buffer.from(text);
    return [Buffer.from(encodeRecordHeader(afterUs, direction, bytes.length)), bytes];
  });
  return Buffer.concat([...(wallMs === undefined ? [] : [encodeLogHeader(wallMs)]), ...records]);
}
