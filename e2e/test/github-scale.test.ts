import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventBody } from '@greenrack/farm-protocol';
import type { SimRun } from '../src/sim-agent.js';
import { GithubFarm } from './support/github/github-farm.js';

const BOARDS = 40;
const CASES_PER_BOARD = 75;
const SHA = 'a'.repeat(40);
/** What GitHub takes of one text, and in one minute. */
const MAX_TEXT_BYTES = 65_535;
const MAX_WRITES_PER_MINUTE = 80;
/** Annotations that a check has at most, and of one request. */
const [MAX_ANNOTATIONS, PER_REQUEST] = [250, 50];

/** Every case fails, each at a line of its own. */
function failing(): SimRun {
  const names = Array.from({ length: CASES_PER_BOARD }, (_, i) => `case ${i}`);
  const ended = names.flatMap((name, i): EventBody[] => {
    const message = `expected ${i}, got ü`;
    const failures = [{ message, file: 'firmware/apps/fail/main.c', line: i + 1 }];
    return [
      { type: 'caseBegin', name },
      { type: 'caseEnd', name, verdict: 'fail', durationUs: 10, failures },
    ];
  });
  return {
    lines: ['{{__sync;0}}', '{{end;failure}}', '{{__exit;0}}'],
    events: [
      { type: 'handshake', clientVersion: '1.3.0', timeoutMs: 10_000, hostTest: 'default_auto' },
      { type: 'casesListed', names },
      ...ended,
    ],
    end: { verdict: 'fail', reason: 'completed', message: 'all cases failed' },
    takesMs: 0,
  };
}

describe('three thousand failures on forty boards', () => {
  let lab: GithubFarm;
  beforeAll(async () => {
    lab = await GithubFarm.start({ boards: BOARDS, simulated: 'later' });
    await lab.simulate(failing);
  });
  afterAll(async () => await lab.stop());

  it('fit into a few writes and one text, the rest counted', async () => {
    await lab.open(1, SHA);
    const run = { image: 'pass.elf', target: 'FVP_MPS2_M3' };
    const runs = Array.from({ length: BOARDS }, (_, i) => ({ ...run, name: `run ${i}` }));
    await lab.submit(SHA, ['pass'], { runs });
    const smoke = await lab.ended(SHA, 'greenrack: smoke (FVP_MPS2_M3)');
    const summary = await lab.ended(SHA, 'greenrack');
    expect([smoke, summary].map(({ fields }) => fields.conclusion)).toEqual(['failure', 'failure']);
    expect(smoke.annotations).toHaveLength(MAX_ANNOTATIONS);
    expect(smoke.writes).toBeLessThanOrEqual(3 + MAX_ANNOTATIONS / PER_REQUEST - 1);
    expect(summary.writes).toBeLessThanOrEqual(3);
    expect(lab.github.trouble.mostWrites).toBeLessThanOrEqual(MAX_WRITES_PER_MINUTE);
    const { text } = smoke.fields.output as { text: string };
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_TEXT_BYTES);
    const all = BOARDS * CASES_PER_BOARD;
    expect(text).toContain(`ailures: ${all}`);
    const shown = text.split('\n').filter((line) => line.startsWith('| run ')).length;
    expect(text).toContain(`… and ${all - shown} more`);
    expect(lab.github.violations).toEqual([]);
  });
});
