import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type EventBody, FarmError } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openFolderArtifacts } from '../../src/artifacts/folder-artifacts.js';
import { openStore } from '../../src/farm-store.js';
import { endLeases } from '../../src/lease/end-leases.js';
import { boardTrust } from '../../src/results/board-trust.js';
import { runFate } from '../../src/results/run-fate.js';
import type { ArtifactStore } from '../../src/store/ports.js';
import { attemptStreams } from '../../src/streams/attempt-streams.js';
import { StreamSealer } from '../../src/streams/stream-sealer.js';
import { ManualClock } from '../support/manual-clock.js';
import { quietLog } from '../support/stage-farm.js';
import { type Running, startRun } from '../web/support/attempts.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
let artifacts: ArtifactStore;
let clock: ManualClock;
let sealer: StreamSealer;
beforeEach(async () => {
  farm = await startFarm();
  artifacts = await openFolderArtifacts(farm.dir);
  clock = new ManualClock();
  sealer = another();
});
afterEach(async () => {
  await sealer.close();
  await farm.close();
});

/** As another process over the same files would be. */
function another(put: ArtifactStore['put'] = (key, source) => artifacts.put(key, source)) {
  const { store, spool } = farm;
  const parts = { streams: store.streams, spool, artifacts: { put }, clock, log: quietLog };
  return new StreamSealer(parts);
}

const NOTES: EventBody[] = Array.from({ length: 30 }, (_, i) => ({ type: 'note', text: `${i}` }));
const LOG = Buffer.from('what the board said');

async function ended(): Promise<Running> {
  const run = await startRun(farm);
  await run.tell(...NOTES);
  await run.print(LOG);
  await run.end('pass');
  return run;
}

const spooled = () =>
  readdirSync(join(farm.dir, 'spool'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.slice(name.indexOf('.') + 1));
const inDatabase = async ({ attemptId }: Running) =>
  (await farm.store.attempts.events(attemptId, 0, 100)).events.length;
const storedOf = async ({ attemptId }: Running) =>
  (await farm.store.streams.ended([attemptId]))[0]?.streams;

/** What readers see of an attempt. */
async function seen({ attemptId }: Running, store = farm.store) {
  const streams = attemptStreams({ ...farm, store, artifacts });
  const { events, lastSeq } = await streams.events(attemptId, 0, 500);
  const page = await streams.events(attemptId, 17, 5);
  const key = { attemptId, name: 'console' };
  const log = [await text(streams.read(key, 0)), await text(streams.read(key, 5))];
  return { events, lastSeq, page, log };
}

describe('the streams of an attempt that is over', () => {
  it('leave the database and the spool, and read as before', async () => {
    const run = await ended();
    const before = await seen(run);
    expect(before).toMatchObject({ lastSeq: 31, log: [LOG.toString(), LOG.toString().slice(5)] });
    sealer.ended([run.attemptId]);
    await sealer.idle();
    expect(await inDatabase(run)).toBe(0);
    expect(spooled()).toEqual([]);
    expect(await seen(run)).toEqual(before);
    expect(await storedOf(run)).toMatchObject(
      new Map([
        ['console', { bytes: LOG.length, kind: 'console' }],
        ['events', { kind: 'events' }],
      ]),
    );
  });

  it('stay while it runs', async () => {
    const run = await startRun(farm);
    await run.tell(...NOTES);
    await run.print(LOG);
    sealer.ended([run.attemptId]);
    await sealer.start();
    await sealer.idle();
    expect([await inDatabase(run), spooled()]).toEqual([30, ['console']]);
  });

  it('are stored by the next process when the last one died before, or in the middle', async () => {
    const run = await ended();
    const before = await seen(run);
    // Died after the artifact was written and before that was committed.
    await artifacts.put(
      `streams/${run.attemptId.slice(-2)}/${run.attemptId}.console.gz`,
      once('half'),
    );
    await sealer.start();
    await sealer.idle();
    expect([await inDatabase(run), spooled()]).toEqual([0, []]);
    expect(await seen(run)).toEqual(before);
    // Died after the commit and before the file was removed.
    await farm.spool.append({ attemptId: run.attemptId, name: 'console' }, 0, LOG);
    await another().start();
    await sealer.start();
    await sealer.idle();
    expect(spooled()).toEqual([]);
    expect(await seen(run)).toEqual(before);
  });

  it('wait while the artifact store is away, and can be read meanwhile', async () => {
    const run = await ended();
    const before = await seen(run);
    let away = true;
    const waiting = another((key, source) => {
      if (away) throw new FarmError('unavailable', 'not now');
      return artifacts.put(key, source);
    });
    waiting.ended([run.attemptId]);
    await waiting.idle();
    expect([await inDatabase(run), spooled()]).toEqual([31, ['console']]);
    expect(await seen(run)).toEqual(before);
    away = false;
    clock.advance(10_000);
    await waiting.idle();
    expect([await inDatabase(run), spooled()]).toEqual([0, []]);
    expect(await seen(run)).toEqual(before);
    await waiting.close();
  });

  it('that are damaged stay where they are, and keep no others waiting', async () => {
    const damaged = await ended();
    const path = join(
      farm.dir,
      'spool',
      damaged.attemptId.slice(-2),
      `${damaged.attemptId}.console`,
    );
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte)),
    );
    const sound = await ended();
    sealer.ended([damaged.attemptId, sound.attemptId]);
    await sealer.idle();
    expect(spooled()).toEqual(['console']);
    expect((await storedOf(damaged))?.get('console')?.storedBytes).toBeNull();
    expect((await storedOf(sound))?.get('console')?.storedBytes).toBeGreaterThan(0);
    expect([await inDatabase(damaged), await inDatabase(sound)]).toEqual([0, 0]);
  });

  it('are found in a copy whose database was made before they were stored, and its files after', async () => {
    const run = await ended();
    const before = await seen(run);
    await farm.store.database.queries.destroy();
    const copy = join(farm.dir, 'copy');
    cpSync(join(farm.dir, 'farm.sqlite'), join(copy, 'farm.sqlite'));
    const store = await openStore({ stateDir: farm.dir });
    Object.assign(farm, { store });
    sealer = another();
    sealer.ended([run.attemptId]);
    await sealer.idle();
    const restored = await openStore({ stateDir: copy });
    expect(await seen(run, restored)).toEqual(before);
    await restored.close();
  });

  it('that came here only in part, because its agent went to another controller, are not taken for the whole', async () => {
    const run = await ended();
    await farm.spool.reset({ attemptId: run.attemptId, name: 'console' });
    await farm.spool.append({ attemptId: run.attemptId, name: 'console' }, 0, LOG.subarray(0, 4));
    sealer.ended([run.attemptId]);
    await sealer.idle();
    expect((await storedOf(run))?.get('console')?.storedBytes).toBeNull();
  });

  it('are kept as far as they came when its agent never ended it', async () => {
    const run = await startRun(farm);
    await run.tell(...NOTES);
    await run.print(LOG);
    const policy = { run: runFate, board: boardTrust(3, () => true), endLeases };
    const why = { reason: 'agentLost', message: 'gone' } as const;
    const { endedAttempts } = await farm.store.attempts.abandon(run.attemptId, why, 1, policy);
    expect(endedAttempts).toEqual([run.attemptId]);
    const before = await seen(run);
    sealer.ended(endedAttempts);
    await sealer.idle();
    expect([await inDatabase(run), spooled()]).toEqual([0, []]);
    expect(await seen(run)).toEqual(before);
    expect(before.events).toHaveLength(30);
  });
});

async function* once(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}
