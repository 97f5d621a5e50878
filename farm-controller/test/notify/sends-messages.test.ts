import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notice, NoticeTarget } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Deliverer } from '../../src/notify/deliver.js';
import { postMessage } from '../../src/notify/http-target.js';
import { RefusedError } from '../../src/notify/refused.js';
import { networks, safeAddress } from '../../src/notify/safe-address.js';
import { openTarget, sealTarget, webhookSecret } from '../../src/notify/sealed-target.js';
import { SmtpDouble } from '../support/smtp-double.js';

const KEY = 'k'.repeat(32);
const ID = `sbn_${'0'.repeat(23)}`;
const NOW = 1_800_000_000_500;
const LOOPBACK = ['127.0.0.0/8', '::1'];
const notice: Notice = {
  ...{ version: 1, id: `ntc_${'1'.repeat(23)}`, atMs: NOW, title: 'net: 1 new failure' },
  text: 'New failures (1)\n  <script>&```',
  facts: { kind: 'nightly' },
};
const signal = AbortSignal.timeout(30_000);

interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let seen: Seen[];
let answer: { status: number; headers?: Record<string, string> };
let url: string;
beforeEach(async () => {
  seen = [];
  answer = { status: 204 };
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { url: path = '', headers } = request;
    seen.push({ path, headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(answer.status, answer.headers).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function send(target: NoticeTarget, more: object = {}, allowed = LOOPBACK): Promise<void> {
  const deliverer = new Deliverer({ key: KEY, networks: allowed, ...more }, () => NOW);
  return deliverer.send({ subscriptionId: ID, target, notice }, signal);
}

describe('a message for a webhook', () => {
  it('is signed over its time and body with the secret of its subscription', async () => {
    await send({ kind: 'webhook', url });
    const headers: IncomingHttpHeaders = seen[0]?.headers ?? {};
    const body = seen[0]?.body ?? '';
    expect(JSON.parse(body)).toEqual(notice);
    expect(headers['x-greenrack-id']).toBe(notice.id);
    expect(headers['x-greenrack-timestamp']).toBe('1800000000');
    const whole = createHmac('sha256', webhookSecret(KEY, ID)).update(`1800000000.${body}`);
    expect(headers['x-greenrack-signature']).toBe(`sha256=${whole.digest('hex')}`);
    expect(webhookSecret(KEY, `sbn_${'1'.repeat(23)}`)).not.toBe(webhookSecret(KEY, ID));
  });

  it('follows no redirect', async () => {
    answer = { status: 307, headers: { location: '/elsewhere' } };
    await expect(send({ kind: 'webhook', url })).rejects.toThrow(RefusedError);
    expect(seen.map(({ path }) => path)).toEqual(['/hook']);
  });

  it.each([
    [404, true],
    [410, true],
    [408, false],
    [429, false],
    [500, false],
  ])('that is answered with %i is refused for good: %p', async (status, isFinal) => {
    answer = { status };
    const error = await send({ kind: 'webhook', url }).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof RefusedError).toBe(isFinal);
  });

  it('reaches no private address that the configuration does not allow', async () => {
    await expect(send({ kind: 'webhook', url }, {}, [])).rejects.toThrow(
      'GREENRACK_NOTIFY_NETWORKS',
    );
    expect(seen).toEqual([]);
    const none = networks([]);
    for (const host of ['10.1.2.3', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '0.0.0.0'])
      await expect(safeAddress(host, none)).rejects.toThrow(RefusedError);
    const both = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '192.168.0.1', family: 4 },
    ];
    await expect(safeAddress('half.example', none, both)).rejects.toThrow('192.168.0.1');
    const outside = async () => both().then((all) => all.slice(0, 1));
    expect(await safeAddress('a.example', none, outside)).toMatchObject({ family: 4 });
  });

  it('goes where the name pointed when it was looked at, whatever it answers later', async () => {
    const answers = ['127.0.0.1', '10.0.0.1'];
    const resolve = async () => [{ address: answers.shift() ?? '', family: 4 }];
    const message = { url: url.replace('127.0.0.1', 'rebinds.example'), headers: {}, body: '{}' };
    await postMessage(message, { allowed: networks(['127.0.0.1']), resolve }, signal);
    expect(seen[0]?.headers.host).toMatch(/^rebinds\.example:/);
    expect(answers).toEqual(['10.0.0.1']);
  });
});

it('a message for Slack calls nobody and makes no links of what firmware says', async () => {
  await send({ kind: 'slack', url });
  const { text } = JSON.parse(seen[0]?.body ?? '{}') as { text: string };
  expect(text).toContain('&lt;script&gt;&amp;');
  expect(text.match(/```/g)).toHaveLength(2);
});

describe('a mail', () => {
  const smtp = new SmtpDouble();
  let mail: { url: string; from: string };
  beforeEach(async () => {
    mail = { url: await smtp.start(), from: 'farm@rack.example' };
  });
  afterEach(async () => {
    await smtp.stop();
    smtp.mails.length = 0;
    Object.assign(smtp, { rcptAnswer: '250 fine', breaksAfterData: false });
  });
  const target = { kind: 'email', address: 'ada@lab.example' } as const;

  it('goes to its address under an id that stays the same', async () => {
    await send(target, { mail });
    smtp.breaksAfterData = true;
    await expect(send(target, { mail })).rejects.toThrow();
    expect(smtp.mails).toHaveLength(2);
    for (const { from, to, data } of smtp.mails) {
      expect([from, to]).toEqual(['farm@rack.example', 'ada@lab.example']);
      expect(data).toContain(`Message-ID: <${notice.id}@rack.example>`);
      expect(data).toContain('Subject: [greenrack] net: 1 new failure');
      expect(data).toContain('New failures (1)');
    }
  });

  it.each([
    ['550 no such mailbox', true],
    ['451 try later', false],
  ])('that is answered with %s is refused for good: %p', async (answered, isFinal) => {
    smtp.rcptAnswer = answered;
    const error = await send(target, { mail }).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof RefusedError).toBe(isFinal);
  });
});

it('a target is stored sealed, and opens for its own subscription and key only', () => {
  const target = { kind: 'slack', url: 'https://hooks.example/T/secret' } as const;
  const sealed = sealTarget(KEY, ID, target);
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('secret');
  expect(openTarget(KEY, ID, sealed)).toEqual(target);
  expect(() => openTarget(KEY, `sbn_${'1'.repeat(23)}`, sealed)).toThrow('another key');
  expect(() => openTarget('x'.repeat(32), ID, sealed)).toThrow('another key');
});
