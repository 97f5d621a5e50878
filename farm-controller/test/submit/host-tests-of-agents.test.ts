import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { elf } from '../web/support/images.js';
import { problemOf } from '../web/support/request.js';
import { imagePart, M3, postForm, specOf, specPart } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

/** The agent of every board that takes images for M3 says hello. */
async function greet(hostTests?: readonly string[]): Promise<void> {
  const agent = { name: 'virtual-1', version: '1', host: 'h', controllerId: 'c' };
  const at = { nowMs: Date.now(), untilMs: Date.now() + 60_000 };
  await farm.store.agents.connected({ ...agent, ...(hostTests && { hostTests }) }, at);
}

async function submit(hostTest: string) {
  const spec = specOf([{ image: 'a.elf', target: M3, hostTest }]);
  return await postForm(farm, [specPart(spec), imagePart('a.elf', elf())]);
}

describe('a host test that no agent has', () => {
  it('is taken while an agent has not said which it has', async () => {
    expect((await submit('nosuch')).status).toBe(201);
    await greet();
    expect((await submit('nosuch')).status).toBe(201);
  });

  it('is refused with what may have been meant', async () => {
    await greet(['echo', 'device_echo', 'rtc_auto']);
    const problem = await problemOf(await submit('devise_echo'));
    expect(problem).toMatchObject({
      status: 422,
      code: 'invalid_spec',
      errors: [
        {
          path: 'runs[0].hostTest',
          message: expect.stringMatching(
            /^no agent with a board for it has the host test 'devise_echo'; did you mean device_echo/,
          ),
        },
      ],
    });
    expect((await submit('rtc_auto')).status).toBe(201);
  });

  it('is taken again when the agent that comes does not say', async () => {
    await greet();
    expect((await submit('nosuch')).status).toBe(201);
  });
});
