import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startCli } from './support/call-cli.js';
import { dir, fake } from './support/cli-bench.js';
import {
  coverage,
  hasRun,
  image,
  isWritten,
  ring,
  tempFolders,
  withRing,
  written,
} from './support/coverage-bench.js';
import { NOTES, tarOf } from './support/coverage-image.js';
import { runId, runView } from './support/views.js';

describe('gcov', () => {
  const script = (text: string): string => {
    const file = join(dir.path, 'gcov.sh');
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return './gcov.sh';
  };

  it('that is not there is a mistake in the call', async () => {
    hasRun(0, withRing());
    const { exitCode, err } = await coverage(runId(0), '--gcov', 'no-such-gcov');
    expect(exitCode).toBe(2);
    expect(err).toContain(
      'cannot run no-such-gcov: install it, or name the gcov of your compiler with --gcov',
    );
  });

  it('of another compiler is not believed either, though it ends well', async () => {
    hasRun(0, withRing());
    const gcov = script(
      `echo "0.gcno:version 'B22*', prefer version 'C31*'" >&2; exec arm-none-eabi-gcov "$@"`,
    );
    const { exitCode, err } = await coverage(runId(0), '--gcov', gcov);
    expect(exitCode).toBe(2);
    expect(err).toContain("cannot be read by gcov: version 'B22*', prefer version 'C31*'");
  });

  it('that dies of one object does not take the others with it', async () => {
    hasRun(0, tarOf([...image, ['x/ring.c.gcda', ring]]));
    const gcov = script(
      'for file; do case $file in 2.gcda) kill -SEGV $$;; esac; done\nexec arm-none-eabi-gcov "$@"',
    );
    // Alone, the third object is 0.gcda again, and passes.
    expect((await coverage(runId(0), '--gcov', gcov)).exitCode).toBe(0);
    const always = script(
      `for file; do case $file in *.gcda) test $(stat -Lc %s $file) -lt 1000 && kill -SEGV $$;; esac; done\nexec arm-none-eabi-gcov "$@"`,
    );
    const { exitCode, err } = await coverage(runId(0), '--gcov', always);
    expect(exitCode).toBe(2);
    expect(err.match(/ring\.c\.gcda .*gcov\.sh fails/g)).toHaveLength(2);
    expect(written()).toContain('SF:firmware/apps/coverage/steps.c\n');
  });

  it.each([
    ['nothing', 'exit 0', 'gcov said nothing of it'],
    ['text', 'echo "File ring.c"', 'gcov.sh fails'],
    [
      'JSON of another form',
      'echo \'{"data_file": "0.gcda", "files": [{"file": 7}]}\'',
      'files[0].file',
    ],
  ])('that prints %s is not believed', async (_, text, why) => {
    hasRun(0, withRing());
    const { exitCode, err } = await coverage(runId(0), '--gcov', script(text));
    expect(exitCode).toBe(2);
    expect(err).toContain(why);
    expect(isWritten()).toBe(false);
  });
});

describe('a call for coverage', () => {
  it.each([
    [[], 'name runs, submissions, or files with --archive'],
    [['--archive', 'none.tar'], 'no such file or folder'],
    [['--build-dir', 'empty', runId(0)], 'no .gcno file in it; they lie beside the objects'],
    [['--build-dir', 'none', runId(0)], 'no such file or folder'],
  ])('of %j is refused', async (args, why) => {
    mkdirSync(join(dir.path, 'empty'));
    hasRun(0, withRing());
    const { exitCode, err } = await coverage(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(why);
  });

  it('is refused while a run goes on: its coverage comes last', async () => {
    const view = runView(0, { state: 'running', attempts: 1 });
    fake.route(`GET /runs/${runId(0)}`, () => ({
      body: { ...view, attemptList: [], waiting: null },
    }));
    const { exitCode, err } = await coverage(runId(0));
    expect(exitCode).toBe(2);
    expect(err).toContain(`run ${runId(0)} is running; wait for its end`);
  });

  it('ends at Ctrl-C in the middle of a download, and leaves nothing behind', async () => {
    hasRun(0, withRing());
    const before = tempFolders();
    const call = startCli(['coverage', '--build-dir', NOTES, runId(0)], {
      cwd: dir.path,
      url: fake.url,
      env: { PATH: process.env.PATH ?? '' },
    });
    fake.route(`GET /runs/${runId(0)}/attempts/1/coverage`, () => {
      call.signals.emit('SIGINT');
      return { body: withRing() };
    });
    expect(await call.exitCode).toBe(130);
    expect(isWritten()).toBe(false);
    expect(tempFolders()).toEqual(before);
  });
});
