import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { elf } from '../web/support/images.js';
import { FORM_TYPE, formBody, M3, partHead, specOf, specPart } from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const spec = specOf([{ image: 'a.elf', target: M3 }]);
const MB = 1024 * 1024;

/** The form up to the first byte of the image. */
const opening = () =>
  Buffer.concat([
    formBody([specPart(spec)]).subarray(0, -'--boundary-of-test--\r\n'.length),
    Buffer.from(partHead('image', 'a.elf')),
  ]);

function post(headers: Record<string, string | number> = {}): ClientRequest {
  const req = request({
    ...{ port: farm.port, host: '127.0.0.1', method: 'POST', path: '/api/v1/submissions' },
    headers: {
      authorization: `Bearer ${farm.secrets.submitter}`,
      'content-type': FORM_TYPE,
      ...headers,
    },
  });
  // The server hangs up on what it refuses; the answer has come by then.
  req.on('error', () => undefined);
  return req;
}

/** Sends up to `bytes` of image, as fast as they are taken, until the answer comes; returns what was sent. */
async function pour(req: ClientRequest, bytes: number, answered: () => boolean): Promise<number> {
  const chunk = Buffer.concat([elf(), Buffer.alloc(MB)]).subarray(0, MB);
  let sent = 0;
  while (sent < bytes && !answered() && !req.destroyed) {
    sent += chunk.length;
    if (!req.write(chunk)) await Promise.race([once(req, 'drain'), once(req, 'close')]);
  }
  return sent;
}

const problemCode = async (response: IncomingMessage) => {
  let text = '';
  for await (const piece of response) text += String(piece);
  return JSON.parse(text).code as string;
};

const unfinished = () => readdir(join(farm.dir, 'blobs', 'tmp'));
const stored = async () =>
  (await readdir(join(farm.dir, 'blobs'), { recursive: true })).filter((n) =>
    /[0-9a-f]{64}$/.test(n),
  );

describe('an upload of 2 GB', () => {
  it('is cut off at the limit of an image, and leaves nothing', async () => {
    const req = post();
    req.write(opening());
    let response: IncomingMessage | undefined;
    const answer = once(req, 'response').then(([r]) => {
      response = r as IncomingMessage;
      return response;
    });
    const before = process.memoryUsage().rss;
    const sent = await pour(req, 2048 * MB, () => response !== undefined);
    expect(await problemCode(await answer)).toBe('payload_too_large');
    // 64 MB are the limit; the rest is what sockets hold and what we read on to let the client see its answer.
    expect(sent).toBeLessThan(200 * MB);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MB);
    if (!req.destroyed) await once(req, 'close');
    expect(await unfinished()).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  it('is refused by its announced length before a byte of it is read', async () => {
    const req = post({ 'content-length': 2048 * MB });
    req.flushHeaders();
    const [response] = (await once(req, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    expect(await problemCode(response)).toBe('payload_too_large');
    if (!req.destroyed) await once(req, 'close');
  });

  it('is refused at its spec, whatever would follow', async () => {
    const req = post();
    const wrong = specOf([{ image: 'a.elf', target: 'NOWHERE' }]);
    req.write(formBody([specPart(wrong)]).subarray(0, -'--boundary-of-test--\r\n'.length));
    req.write(partHead('image', 'a.elf'));
    const [response] = (await once(req, 'response')) as [IncomingMessage];
    expect(await problemCode(response)).toBe('unknown_target');
    if (!req.destroyed) await once(req, 'close');
    expect(await unfinished()).toEqual([]);
  });
});

describe('a client that hangs up in the middle of an image', () => {
  it('leaves no file and no row', async () => {
    const req = post();
    req.write(opening());
    // More than sockets hold: the server is in the middle of the file.
    await pour(req, 32 * MB, () => false);
    expect(await unfinished()).toHaveLength(1);
    req.destroy();
    await farm.logged('hung up');
    expect(await unfinished()).toEqual([]);
    expect(await stored()).toEqual([]);
    expect((await farm.store.submissions.list({ limit: 1 })).items).toEqual([]);
    expect(farm.heard.submitted).toEqual([]);
  });
});
