import { describe, expect, it } from '@jest/globals';
import { evidenceParts } from '../src/model/evidence.js';

const RUN = `run_${'0'.repeat(23)}`;

describe('evidence', () => {
  it('leads to the runs that it names', () => {
    expect(evidenceParts(`att_1 (${RUN}, attempt 2); ${RUN}`)).toEqual([
      { text: 'att_1 (', at: 0 },
      { text: RUN, runId: RUN, at: 7 },
      { text: ', attempt 2); ', at: 34 },
      { text: RUN, runId: RUN, at: 48 },
    ]);
  });

  it('may be any text', () => {
    expect(evidenceParts('no emulator, run_1')).toEqual([{ text: 'no emulator, run_1', at: 0 }]);
    expect(evidenceParts('')).toEqual([]);
  });
});
