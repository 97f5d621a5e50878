import { describe, expect, it } from '@jest/globals';
import { attemptEventSchema, linkEventSchema } from '../src/index.js';

const end = (verdict: string, reason: string, message = 'as it said') => ({
  seq: 1,
  atUs: 0,
  body: { type: 'attemptEnd', verdict, reason, message, streams: [] },
});
const bodyOf = (event: object) => linkEventSchema.parse(event).body;

describe('an end for a reason that only a newer agent knows', () => {
  it.each(['pass', 'fail', 'infra', 'blocked', 'cancelled'])(
    'keeps its verdict %s, and is kept as unknown with its name',
    (verdict) => {
      expect(bodyOf(end(verdict, 'relayWelded'))).toMatchObject({
        verdict,
        reason: 'unknown',
        message: "reason 'relayWelded': as it said",
      });
    },
  );

  it('is bounded, whatever its name and message are', () => {
    const body = bodyOf(end('infra', 'x'.repeat(100_000), 'y'.repeat(4000)));
    expect(attemptEventSchema.safeParse({ seq: 1, atUs: 0, body }).success).toBe(true);
  });

  it('changes nothing for known reasons, and none is taken that only the controller gives', () => {
    expect(bodyOf(end('infra', 'flashFailed'))).toMatchObject({ reason: 'flashFailed' });
    for (const [verdict, reason] of [
      ['infra', 'agentLost'],
      ['pass', 'fixtureMissing'],
      ['infra', 'cancelled'],
    ] as const)
      expect(linkEventSchema.safeParse(end(verdict, reason)).success).toBe(false);
  });
});
