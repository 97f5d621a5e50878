import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunDetail, Verdict } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';
import { EXPECTED, expectWholeRecord } from './support/expect-runs.js';
import { runCli } from './support/run-cli.js';
import type { NodeResult } from './support/run-node.js';

/** Our apps, each as several tests under names like those of Mbed OS. */
const GROUPS = ['hal-tests-tests-mbed_hal', 'tests-mbed_drivers', 'rtos-tests-tests-mbed_rtos'];
const BUILDS = [
  { target: 'FVP_MPS2_M3', model: 'fvp-mps2-m3' },
  { target: 'ARM_CM3DS_MPS2', model: 'arm-cm3ds-mps2' },
] as const;
const APPS = ['smallest', 'pass', 'echo', 'noisy', 'skip', 'fail', 'crash', 'reboot_loop'];

let tree: string;
let farm: TestFarm;
let result: NodeResult;
let runs: RunDetail[];

/** Writes a build tree with its test_spec.json. */
function writeBuild(target: string): void {
  const base = `./BUILD/tests/${target}/GCC_ARM`;
  const tests: Record<string, object> = {};
  for (const group of GROUPS)
    for (const app of APPS) {
      const path = `${base}/TESTS/${group}/${app}/${app}.bin`;
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      copyFileSync(imagePath(target, app, 'bin'), join(tree, path));
      tests[`${group}-${app}`] = { binaries: [{ binary_type: 'bootable', path }] };
    }
  const build = { platform: target, toolchain: 'GCC_ARM', base_path: base, baud_rate: 9600, tests };
  const spec = JSON.stringify({ builds: { [`${target}-GCC_ARM`]: build } });
  writeFileSync(join(tree, base, 'test_spec.json'), spec);
}

beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), 'greenrack-tree-'));
  for (const { target } of BUILDS) writeBuild(target);
  const boards = Object.fromEntries(BUILDS.map(({ model }) => [model, 2]));
  farm = await TestFarm.start({ racks: [{ agent: 'lab', boards }] });
  result = await runCli(
    farm,
    ['submit', '--test-spec', 'BUILD', '--junit', 'junit.xml', '--json'],
    tree,
  );
  if (result.out === '') throw new Error(`submit printed nothing: ${result.err}`);
  const { submissionId } = JSON.parse(result.out) as { submissionId: string };
  const views = await farm.client.runs(submissionId);
  runs = await Promise.all(views.map((view) => farm.client.run(view.id)));
}, 300_000);
afterAll(async () => {
  await farm?.stop();
  rmSync(tree, { recursive: true, force: true });
});

describe('a whole build tree of 48 images on 4 virtual boards', () => {
  it('gives every test its right verdict under its stock name, at the first attempt', async () => {
    const expected = BUILDS.flatMap(({ target }) =>
      GROUPS.flatMap((group) =>
        APPS.map((app) => [target, `${group}-${app}`, EXPECTED[app] as Verdict, 1] as const),
      ),
    );
    const order = ([target, name]: readonly [string, string, ...unknown[]]) => `${target} ${name}`;
    const byName = <T extends readonly [string, string, ...unknown[]]>(rows: readonly T[]) =>
      [...rows].sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const got = runs.map(
      (run) => [run.requirement.target, run.name, run.verdict, run.attempts] as const,
    );
    expect(byName(got)).toEqual(byName(expected));
    expect(result.exitCode).toBe(1);
    for (const run of runs) await expectWholeRecord(farm.client, run);
  });

  it('reports tests as class `target-toolchain.suite`, as the stock runner does', () => {
    const junit = readFileSync(join(tree, 'junit.xml'), 'utf8');
    for (const run of runs) {
      expect(junit).toContain(`<testsuite name="${run.name}"`);
      const platform = `${run.requirement.target}-${run.build?.toolchain}`;
      expect(junit).toContain(`classname="${platform}.${run.name}"`);
    }
  });

  it('uses all four boards', () => {
    expect(new Set(runs.map((run) => run.boardSerial)).size).toBe(4);
  });

  it.each(BUILDS)('lets no $target board sit out a turn while work waits', ({ target }) => {
    const turns = runs
      .filter((run) => run.requirement.target === target)
      .flatMap((run) => run.attemptList)
      .map(({ boardSerial, startedMs, finishedMs }) => ({
        boardSerial,
        startedMs,
        finishedMs: finishedMs ?? 0,
      }))
      .sort((a, b) => a.startedMs - b.startedMs);
    for (const serial of new Set(turns.map((turn) => turn.boardSerial)))
      for (const pause of pausesOf(serial, turns))
        for (const other of new Set(turns.map((turn) => turn.boardSerial))) {
          const taken = turns.filter(
            (turn) =>
              turn.boardSerial === other &&
              pause.from < turn.startedMs &&
              turn.startedMs < pause.to,
          );
          // Work was there for `other` to take: had this board been told at once, it would have got the second turn.
          expect({ serial, other, pause, turns: Math.min(taken.length, 2) }).toEqual({
            serial,
            other,
            pause,
            turns: Math.min(taken.length, 1),
          });
        }
  });
});

interface Turn {
  readonly boardSerial: string;
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** Spans in which a board did nothing: between its turns, and after the last as long as others got work. */
function pausesOf(serial: string, turns: readonly Turn[]): { from: number; to: number }[] {
  const own = turns.filter((turn) => turn.boardSerial === serial);
  return own.map((turn, i) => ({
    from: turn.finishedMs,
    to: own[i + 1]?.startedMs ?? Number.MAX_SAFE_INTEGER,
  }));
}
