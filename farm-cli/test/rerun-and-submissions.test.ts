import { describe, expect, it } from '@jest/globals';
import { outcomeText } from '../src/output/outcome-text.js';
import { cli, fake } from './support/cli-bench.js';
import { boardView, runId, runView, SUBMISSION_ID, submissionView } from './support/views.js';

const page = (...items: object[]) => ({ body: { items, nextCursor: null } });

describe('rerun', () => {
  const created = () => ({ status: 201, body: { submission: fake.submission, runs: fake.runs } });

  it('asks for what of a submission did not pass, and waits for it', async () => {
    fake.runs = [runView(0)];
    fake.route(`POST /submissions/${SUBMISSION_ID}/rerun`, created);
    fake.onSubscribed = () => fake.finishAll('pass');
    const { exitCode, out } = await cli('rerun', SUBMISSION_ID, '--failed');
    expect(exitCode).toBe(0);
    expect(out).toContain('1 run: 1 pass');
    expect(fake.requests[0]?.body).toBe('{"only":"failed"}');
  });

  it('takes one run', async () => {
    fake.runs = [runView(0)];
    fake.route(`POST /runs/${runId(7)}/rerun`, created);
    expect((await cli('rerun', runId(7), '--no-wait')).out).toBe(`${SUBMISSION_ID}\n`);
    expect(await cli('rerun', runId(7), '--failed')).toMatchObject({ exitCode: 2 });
  });
});

describe('submissions', () => {
  it('are listed, shown and cancelled', async () => {
    fake.route('GET /submissions', () => page(submissionView({ verdicts: { pass: 2 } })));
    expect((await cli('submissions')).out).toMatch(/sub_0+1 .* me +active +0\/0 +2 pass +some/);
    expect((await cli('submissions', SUBMISSION_ID)).out).toContain(SUBMISSION_ID);
    expect(await cli('submissions', SUBMISSION_ID, '--cancel')).toMatchObject({ exitCode: 0 });
    expect(await cli('submissions', '--cancel')).toMatchObject({ exitCode: 2 });
  });

  it('that have finished are not said to be cancelled', async () => {
    fake.submission = submissionView({ state: 'finished' });
    const { exitCode, err } = await cli('submissions', SUBMISSION_ID, '--cancel');
    expect(exitCode).toBe(2);
    expect(err).toContain('has finished: there is nothing to cancel');
  });
});

describe('boards', () => {
  it('are listed by target and health', async () => {
    const other = { ...boardView('b-2'), target: 'OTHER', health: 'suspect' };
    fake.route('GET /boards', () => page(boardView('b-1'), other));
    const list = async (...args: string[]) => (await cli('boards', ...args)).out;
    expect(await list('--target', 'K64F')).toMatch(/b-1(?![\s\S]*b-2)/);
    expect(await list('--health', 'suspect')).toMatch(/b-2/);
    expect((await cli('boards', '--target', 'NONE')).err).toContain('none of the 2 boards');
    expect(await cli('boards', '--health', 'ill')).toMatchObject({ exitCode: 2 });
  });

  it('are listed by the filter that the dashboard takes', async () => {
    const other = { ...boardView('b-2'), target: 'OTHER', health: 'suspect' };
    fake.route('GET /boards', () => page(boardView('b-1'), other));
    expect((await cli('boards', '--filter', '-target:other')).out).toMatch(/b-1(?![\s\S]*b-2)/);
    const { exitCode, err } = await cli('boards', '--filter', 'colour:red');
    expect(exitCode).toBe(2);
    expect(err).toContain('there are board, target');
  });
});

describe('the outcome of many runs', () => {
  const run = (n: number, verdict: string, message = '') => ({
    ...{ id: runId(n), name: 'soak', target: 'K64F', board: `b-${n % 2}`, message },
    ...{ verdict: verdict as 'pass', rawVerdict: verdict, reason: null, durationMs: n },
  });

  it('shows repeats as one line, failures last, the count and how to see their consoles', () => {
    const runs = [
      run(0, 'fail', 'a.c:1: no'),
      ...Array.from({ length: 499 }, (_, i) => run(i + 1, 'pass')),
    ];
    const lines = outcomeText(runs, undefined).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[1]).toMatch(/^soak ×499 +K64F +2 boards +pass +0\.5 s/);
    expect(lines[2]).toMatch(/^soak +K64F +b-0 +fail .*a\.c:1: no/);
    expect(lines.slice(3)).toEqual([
      '',
      '500 runs: 499 pass, 1 fail',
      'what their boards wrote:',
      `  greenrack log ${runId(0)}`,
    ]);
  });
});
