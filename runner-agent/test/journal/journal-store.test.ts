import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeLogHeader, encodeRecordHeader } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import type { AttemptJournal } from '../../src/journal/attempt-journal.js';
import { JournalStore } from '../../src/journal/journal-store.js';
import { assignmentOf, boardSpec } from '../support/assignments.js';

const log = pino({ level: 'silent' });
const image = { bytes: Buffer.from('image'), name: 'a.bin' };
let dir: string;
let store: JournalStore;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-journal-'));
  store = await JournalStore.open(dir, log);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const folderOf = (journal: AttemptJournal): string => join(dir, 'attempts', journal.attemptId);

/** A journal of a run that was cut off in the middle of a case, with one whole record of console log. */
async function interrupted(): Promise<AttemptJournal> {
  const journal = await store.create(assignmentOf(boardSpec('virt-1'), image));
  journal.append({ type: 'phaseBegin', phase: 'run' }, 10);
  journal.append({ type: 'caseBegin', name: 'first' }, 20);
  journal.append({ type: 'note', text: 'half way' }, 30);
  await journal.flush();
  await journal.close();
  writeFileSync(join(folderOf(journal), 'console.grlog'), wholeLog());
  return journal;
}

function wholeLog(): Buffer {
  return Buffer.concat([encodeLogHeader(5), encodeRecordHeader(400, 'rx', 3), Buffer.from('abc')]);
}

async function recovered(): Promise<AttemptJournal> {
  const [journal] = await store.recover();
  if (!journal) throw new Error('nothing was recovered');
  await journal.close();
  return journal;
}

describe('the journal', () => {
  it('closes an attempt whose process died: open case and phase first, then the end', async () => {
    await interrupted();
    const journal = await recovered();
    const digest = createHash('sha256').update(wholeLog()).digest('hex');
    expect(journal.eventsAfter(3, 10)).toEqual([
      {
        seq: 4,
        atUs: 400,
        body: { type: 'caseEnd', name: 'first', verdict: 'infra', durationUs: 380, failures: [] },
      },
      expect.objectContaining({
        seq: 5,
        body: expect.objectContaining({ type: 'phaseEnd', phase: 'run', ok: false }),
      }),
      expect.objectContaining({
        seq: 6,
        body: expect.objectContaining({
          type: 'attemptEnd',
          verdict: 'infra',
          reason: 'agentRestarted',
          consoleBytes: wholeLog().length,
          consoleSha256: digest,
        }),
      }),
    ]);
    expect(journal.held()).toMatchObject({ state: 'ended', lastSeq: 6 });
  });

  it('seals every stream that it finds, in the form of this release and of the one before', async () => {
    const folder = folderOf(await interrupted());
    writeFileSync(join(folder, 'trace-power.bin'), 'samples');
    writeFileSync(
      join(folder, 'console-server.grlog'),
      Buffer.concat([wholeLog(), wholeLog()]).subarray(0, 25),
    );
    const journal = await recovered();
    const seal = (name: string, kind: string, bytes: Uint8Array) => ({
      ...{ name, kind, bytes: bytes.length },
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    const console = seal('console', 'console', wholeLog());
    expect(journal.end).toMatchObject({
      streams: [
        console,
        seal('console-server', 'console', wholeLog()),
        seal('trace-power', 'trace', Buffer.from('samples')),
      ],
      ...{ consoleBytes: console.bytes, consoleSha256: console.sha256 },
    });
  });

  it('is the same after a second recovery', async () => {
    await interrupted();
    const first = await recovered();
    const second = await recovered();
    expect(second.eventsAfter(0, 100)).toEqual(first.eventsAfter(0, 100));
  });

  it('survives a cut at any byte of its event file and of its console log', async () => {
    const whole = await interrupted();
    const folder = folderOf(whole);
    const events = readFileSync(join(folder, 'events.jsonl'));
    await fc.assert(
      fc.asyncProperty(fc.nat(events.length), fc.nat(wholeLog().length), async (cut, logCut) => {
        writeFileSync(join(folder, 'events.jsonl'), events);
        truncateSync(join(folder, 'events.jsonl'), cut);
        writeFileSync(join(folder, 'console.grlog'), wholeLog().subarray(0, logCut));
        const journal = await recovered();
        const all = journal.eventsAfter(0, 100);
        const kept = events.subarray(0, cut).toString().split('\n').length - 1;
        expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
        expect(all.slice(0, kept).map((e) => JSON.stringify(e))).toEqual(
          events.toString().split('\n').slice(0, kept),
        );
        const size = logCut === wholeLog().length ? logCut : logCut >= 16 ? 16 : 0;
        expect(all.at(-1)?.body).toMatchObject({ type: 'attemptEnd', consoleBytes: size });
      }),
      { numRuns: 40 },
    );
  });

  it('forgets a folder whose assignment was never written', async () => {
    mkdirSync(join(dir, 'attempts', 'att_half'));
    writeFileSync(join(dir, 'attempts', 'att_half', 'assignment.json.part'), '{');
    expect(await store.recover()).toEqual([]);
    expect(readdirSync(join(dir, 'attempts'))).toEqual([]);
  });

  it('moves a damaged assignment aside instead of reporting nonsense', async () => {
    const journal = await interrupted();
    writeFileSync(join(folderOf(journal), 'assignment.json'), '{"attemptId": 5}');
    expect(await store.recover()).toEqual([]);
    expect(readdirSync(join(dir, 'broken-attempts'))).toHaveLength(1);
  });

  it('stops at a line of the event file that is not the next event', async () => {
    const journal = await interrupted();
    const wrong = { seq: 9, atUs: 1, body: { type: 'note', text: 'from nowhere' } };
    appendFileSync(join(folderOf(journal), 'events.jsonl'), `${JSON.stringify(wrong)}\n`);
    expect((await recovered()).eventsAfter(3, 1)[0]?.body.type).toBe('caseEnd');
  });

  it('hands out events in batches that fit one message, a large one alone', async () => {
    const journal = await store.create(assignmentOf(boardSpec('virt-1'), image));
    for (const size of [4000, 10, 10, 4000, 4000])
      journal.append({ type: 'note', text: 'x'.repeat(size) }, 1);
    await journal.flush();
    const batches: number[][] = [];
    for (let seq = 0; seq < 5; seq += batches.at(-1)?.length ?? 5)
      batches.push(journal.eventsAfter(seq, 3, 1000).map((event) => event.seq));
    expect(batches).toEqual([[1], [2, 3], [4], [5]]);
    expect(journal.eventsAfter(0, 3, 1e6).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await journal.delete();
  });

  it('counts an event as written only when it is on disk', async () => {
    const journal = await store.create(assignmentOf(boardSpec('virt-1'), image));
    journal.append({ type: 'note', text: 'one' }, 1);
    expect(journal.writtenSeq).toBe(0);
    expect(journal.eventsAfter(0, 10)).toEqual([]);
    await journal.flush();
    expect(journal.writtenSeq).toBe(1);
    expect(readFileSync(join(folderOf(journal), 'events.jsonl'), 'utf8')).toContain('"one"');
    await journal.delete();
    expect(readdirSync(join(dir, 'attempts'))).toEqual([]);
  });
});
