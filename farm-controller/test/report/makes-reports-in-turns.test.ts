import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ReportRun, reportRun } from '../../src/report/report-run.js';
import { ReportShelf } from '../../src/report/report-shelf.js';
import { reportBytes, type SpooledReport, spoolReport } from '../../src/report/report-spool.js';
import { TapReport } from '../../src/report/tap-reporter.js';
import { attemptView, caseView, runView, written } from './support.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greenrack-reports-'));
});
afterAll(() => rm(dir, { recursive: true }));

const forever = new AbortController().signal;
const one = () => reportRun(runView(), [attemptView({ cases: [caseView('ä')] })]);

/** Runs as fast as they can be taken, until `stop` says so; the bound is only reached when nothing ever stops it. */
async function* runs(stop: () => boolean): AsyncGenerator<ReportRun> {
  for (let i = 0; i < 1_000_000 && !stop(); i++) yield one();
}

const spooled = (source: AsyncIterable<ReportRun>, signal = forever) =>
  spoolReport(dir, { writer: new TapReport(), runs: source }, signal);

async function textOf(report: SpooledReport): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of reportBytes(report)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('a report in the making', () => {
  it('lets others have their turn although nothing in it waits', async () => {
    let turned = false;
    void setImmediate().then(() => {
      turned = true;
    });
    const report = await spooled(runs(() => turned));
    expect(turned).toBe(true);
    await report.body.close();
  });

  it('ends when nobody wants it any more, and leaves no file', async () => {
    const gone = new AbortController();
    void setImmediate().then(() => gone.abort());
    await expect(
      spooled(
        runs(() => false),
        gone.signal,
      ),
    ).rejects.toThrow(/abort/i);
    expect(await readdir(dir)).toEqual([]);
  });

  it('is whole for several readers at once, though its file has no name', async () => {
    let left = 300;
    const report = await spooled(runs(() => left-- === 0));
    expect(await readdir(dir)).toEqual([]);
    const whole = written(new TapReport(), ...Array.from({ length: 300 }, one));
    expect(await Promise.all([textOf(report), textOf(report)])).toEqual([whole, whole]);
    await report.body.close();
  });
});

describe('the shelf of reports', () => {
  const order = (key: string | undefined, made: string[], signal = forever) => ({
    ...{ key, tenant: 'a', signal },
    make: () => {
      made.push(key ?? 'unkept');
      let left = 3;
      return spooled(runs(() => left-- === 0));
    },
  });

  it('makes a report that cannot change once, also when two ask at once', async () => {
    const shelf = new ReportShelf();
    const made: string[] = [];
    const read: string[] = [];
    const ask = () =>
      shelf.lend(order('sub 1 tap', made), async (report) => {
        read.push(await textOf(report));
      });
    await Promise.all([ask(), ask()]);
    await ask();
    expect(made).toHaveLength(1);
    expect(new Set(read).size).toBe(1);
    await shelf.close();
  });

  it('makes one that may change each time', async () => {
    const shelf = new ReportShelf();
    const made: string[] = [];
    for (let i = 0; i < 2; i++) await shelf.lend(order(undefined, made), async () => undefined);
    expect(made).toHaveLength(2);
    await shelf.close();
  });

  it('gives up the one that was not read for longest, but not under a reader', async () => {
    const shelf = new ReportShelf();
    const made: string[] = [];
    const first = order('report 0', made);
    await shelf.lend(first, async (report) => {
      for (let i = 1; i <= 40; i++)
        await shelf.lend(order(`report ${i}`, made), async () => undefined);
      expect(await textOf(report)).toContain('TAP version 13');
    });
    await shelf.lend(order('report 40', made), async () => undefined);
    expect(made).toHaveLength(41);
    await shelf.lend(first, async () => undefined);
    expect(made).toHaveLength(42);
    await shelf.close();
  });

  it('does not make what nobody wants any more when its turn comes', async () => {
    const shelf = new ReportShelf();
    const made: string[] = [];
    const wish = order('x', made, AbortSignal.abort());
    await expect(shelf.lend(wish, async () => undefined)).rejects.toThrow(/abort/i);
    expect(made).toEqual([]);
    await shelf.close();
  });
});
