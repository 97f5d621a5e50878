import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type SubmissionCreated, submissionCreatedSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bin } from '../web/support/images.js';
import { ask, askFor, problemOf } from '../web/support/request.js';
import { imagePart, M3, postForm, specOf, specPart, submitted } from '../web/support/submit.js';
import { addToken, startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const SPEC = specOf([{ image: 'a.bin', target: M3, repeat: 2 }]);
const PARTS = [specPart(SPEC), imagePart('a.bin', bin())];
const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });
const ids = ({ submission, runs }: SubmissionCreated) => [submission.id, runs.map(({ id }) => id)];
const count = async () => (await farm.store.submissions.list({ limit: 500 })).items.length;

/** Passes requests on to the farm, and cuts the connection instead of answering the first. */
async function losingProxy(): Promise<{ url: string; close: () => void }> {
  let lost = false;
  const proxy = createServer((req, res) => {
    const { method, url, headers } = req;
    const onward = forward(`${farm.base}${url}`, { method, headers }, (answer) => {
      if (lost) {
        res.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(res);
        return;
      }
      lost = true;
      answer.resume().once('end', () => req.socket.destroy());
    });
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => proxy.close() };
}

describe('a submission with a key', () => {
  it('whose answer got lost after the commit is made once', async () => {
    const proxy = await losingProxy();
    const before = await count();
    const send = () => postForm({ ...farm, base: proxy.url }, PARTS, withKey('lost'));
    await expect(send()).rejects.toThrow();
    const made = submissionCreatedSchema.parse(await (await send()).json());
    proxy.close();
    expect(await count()).toBe(before + 1);
    expect(made.runs).toHaveLength(2);
    expect(
      farm.heard.submitted.filter(([first]) => first?.runId === made.runs[0]?.id),
    ).toHaveLength(1);
  });

  it('that comes ten times at once is made once', async () => {
    const before = await count();
    const all = await Promise.all(
      Array.from({ length: 10 }, () => submitted(farm, PARTS, withKey('at-once'))),
    );
    expect(new Set(all.map((made) => JSON.stringify(ids(made)))).size).toBe(1);
    expect(await count()).toBe(before + 1);
  });

  it('that asks for something else is refused, and so is a key that cannot be one', async () => {
    await submitted(farm, PARTS, withKey('other'));
    const before = await count();
    const others = [
      [specPart({ ...SPEC, name: 'another' }), imagePart('a.bin', bin())],
      [specPart(SPEC), imagePart('a.bin', bin(512))],
    ];
    for (const parts of others) {
      const problem = await problemOf(await postForm(farm, parts, withKey('other')));
      expect(problem).toMatchObject({ status: 409, code: 'conflict' });
      expect(problem.detail).toContain("Idempotency-Key: 'other' came with another request");
    }
    const wrong = await problemOf(await postForm(farm, PARTS, withKey('two words')));
    expect(wrong).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(await count()).toBe(before);
  });

  it('is its tenant’s own', async () => {
    const secret = await addToken(farm.store, { name: 'eve', role: 'submitter', tenant: 'other' });
    const ours = await submitted(farm, PARTS, withKey('shared'));
    const theirs = await submitted(farm, PARTS, { ...withKey('shared'), secret });
    expect(theirs.submission.id).not.toBe(ours.submission.id);
  });

  it('is answered as before when the boards have gone meanwhile', async () => {
    const made = await submitted(farm, PARTS, withKey('boards'));
    const { boards } = farm.inventory;
    const kept = boards.slice();
    (boards as unknown[]).length = 0;
    try {
      expect((await postForm(farm, PARTS)).status).toBe(422);
      expect(ids(await submitted(farm, PARTS, withKey('boards')))).toEqual(ids(made));
    } finally {
      (boards as unknown[]).push(...kept);
    }
  });
});

describe('a rerun and a token with a key', () => {
  it('are made once', async () => {
    const { submission, runs } = await submitted(farm, PARTS);
    const rerun = (path: string, key: string) =>
      askFor(submissionCreatedSchema, farm, {
        ...{ path: `/api/v1/${path}/rerun`, as: 'submitter', status: 201, json: {} },
        ...withKey(key),
      });
    const before = await count();
    for (const path of [`submissions/${submission.id}`, `runs/${runs[0]?.id}`])
      expect(ids(await rerun(path, path))).toEqual(ids(await rerun(path, path)));
    expect(await count()).toBe(before + 2);
    await expect(rerun(`runs/${runs[1]?.id}`, `runs/${runs[0]?.id}`)).rejects.toThrow('409');
  });

  it('and the secret of a token is told once', async () => {
    const json = { name: 'bot', role: 'viewer' };
    const make = () => ask(farm, '/api/v1/tokens', { as: 'admin', json, ...withKey('token') });
    const { token } = (await (await make()).json()) as { token: { id: string } };
    const again = await problemOf(await make());
    expect(again).toMatchObject({ status: 409 });
    expect(again.detail).toContain(token.id);
    const named = (await farm.store.tokens.list('people', { limit: 500 })).items.filter(
      ({ name }) => name === 'bot',
    );
    expect(named).toHaveLength(1);
  });
});
