import { assignmentSchema, cancelOrderSchema, welcomeSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONSOLE_FLOODS } from '../bench/console-floods.js';
import { StallRig } from '../bench/stall-rig.js';
import { type LinkInput, WORST_LINK_INPUTS } from '../bench/worst-link-inputs.js';

const LINK_INPUTS = Object.keys(WORST_LINK_INPUTS) as LinkInput[];

let rig: StallRig;
beforeAll(async () => {
  rig = await StallRig.start();
});
afterAll(() => rig.stop());

describe('the worst that a controller may say', () => {
  it('is what the protocol allows', () => {
    expect(assignmentSchema.safeParse(WORST_LINK_INPUTS.assign()).error).toBeUndefined();
    expect(cancelOrderSchema.safeParse(WORST_LINK_INPUTS.cancel()).error).toBeUndefined();
    const welcome = WORST_LINK_INPUTS['answer to hello']();
    expect(welcomeSchema.safeParse(welcome).error).toBeUndefined();
  });

  it.each(LINK_INPUTS)('leaves the agent at work: %s', async (input) => {
    await rig.send(input);
    expect(await rig.controller.order('present')).toEqual({ ok: true });
  });
});

describe('a console that floods', () => {
  it.each(CONSOLE_FLOODS.map((flood) => [flood.name, flood] as const))(
    'with %s ends its own run, for a reason of its own, and nothing else',
    async (_, flood) => {
      const { verdict, reason } = await rig.flood(flood, 512 * 1024);
      expect(['fail', 'crash']).toContain(verdict);
      expect(['outputLimit', 'crashBlock', 'completed']).toContain(reason);
      expect(await rig.controller.order('present')).toEqual({ ok: true });
    },
  );
});
