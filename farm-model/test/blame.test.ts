import { END_REASONS, type EndReason, VERDICTS } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { blameOf, isCurable } from '../src/blame.js';
import { isAgainstCode, meaningOf } from '../src/verdict-meaning.js';

const infra = (reason: EndReason) => ({ verdict: 'infra', reason }) as const;

describe('blameOf', () => {
  it.each<[EndReason, string]>([
    ['flashFailed', 'board'],
    ['consoleLost', 'board'],
    ['syncFailed', 'board'],
    ['imageUnsuitable', 'submitter'],
    ['hostTestUnknown', 'submitter'],
    ['imageUnavailable', 'farm'],
    ['agentLost', 'farm'],
    ['noBoard', 'farm'],
    ['internalError', 'farm'],
  ])('says of %s: %s', (reason, blame) => {
    expect(blameOf(infra(reason))).toBe(blame);
  });

  it('blames a board only when nothing was learnt about the code', () => {
    for (const verdict of VERDICTS)
      for (const reason of END_REASONS)
        if (blameOf({ verdict, reason }) === 'board') expect(verdict).toBe('infra');
  });

  it('blames the code exactly for verdicts against it, and nobody when all is well', () => {
    for (const verdict of VERDICTS)
      for (const reason of END_REASONS) {
        const blame = blameOf({ verdict, reason });
        expect(blame === 'code').toBe(isAgainstCode(verdict));
        if (meaningOf(verdict) === 'good') expect(blame).toBe('nobody');
      }
  });
});

describe('isCurable', () => {
  it('is true of faults that another board or moment may not have', () => {
    expect(
      ['flashFailed', 'agentLost', 'internalError'].every((r) => isCurable(infra(r as EndReason))),
    ).toBe(true);
  });

  it('is false of what every board would say, and of verdicts on the code', () => {
    expect(isCurable(infra('imageUnsuitable'))).toBe(false);
    expect(isCurable(infra('hostTestError'))).toBe(false);
    expect(isCurable({ verdict: 'fail', reason: 'completed' })).toBe(false);
  });
});
