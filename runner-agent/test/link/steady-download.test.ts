import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { DownloadCut } from '../../src/link/image-download.js';
import { type DownloadLink, steadyDownload } from '../../src/link/steady-download.js';

const image = randomBytes(200_000);
const SHA = 'a'.repeat(64);
/** Called when a download that was cut begins to wait. */
let onCut: (() => void) | undefined;
const log = pino({ level: 'warn' }, { write: () => onCut?.() });
/** What the controller does with each request, the last for all that follow. */
let answers: ((response: ServerResponse) => void)[];
let asked: number;
let up: boolean;
let welcomes: Set<() => void>;
let ranges: (string | undefined)[];
const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  const answer = answers[Math.min(asked++, answers.length - 1)];
  answer?.(response);
});
beforeEach(async () => {
  asked = 0;
  ranges = [];
  onCut = undefined;
  up = true;
  welcomes = new Set();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const link: DownloadLink = {
  from: () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't' }),
  isUp: () => up,
  onWelcome: (listener) => {
    welcomes.add(listener);
    return () => welcomes.delete(listener);
  },
  log,
};
const whole = (response: ServerResponse) => void response.end(image);
const status = (code: number, text: string) => (response: ServerResponse) =>
  void response.writeHead(code).end(text);
const gone = (response: ServerResponse) => void response.destroy();
/** Ends after `count` bytes; then this happens. */
const cutAfter =
  (count: number, then: () => void = () => undefined) =>
  (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': image.length });
    response.write(image.subarray(0, count), () => {
      response.destroy();
      then();
    });
  };
const back = () => {
  up = true;
  for (const welcome of welcomes) welcome();
};

async function download(signal = AbortSignal.timeout(60_000), offset = 0): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of steadyDownload(link, { sha256: SHA, offset }, signal))
    pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('a download', () => {
  it('that is cut goes on where it was, as often as something comes', async () => {
    answers = [...[20_000, 70_000, 130_000].map((n) => cutAfter(n)), whole];
    expect((await download()).equals(image)).toBe(true);
    expect(asked).toBe(4);
  });

  it('asks for what is missing only, also of what an earlier process began', async () => {
    const rest = (from: number) => (response: ServerResponse) =>
      void response.writeHead(206).end(image.subarray(from));
    answers = [cutAfter(20_000), rest(20_000)];
    expect((await download()).equals(image)).toBe(true);
    answers = [rest(150_000)];
    const signal = AbortSignal.timeout(60_000);
    asked = 0;
    expect((await download(signal, 150_000)).equals(image.subarray(150_000))).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=20000-', 'bytes=150000-']);
  });

  it('that has all already brings nothing', async () => {
    answers = [status(416, '')];
    const signal = AbortSignal.timeout(60_000);
    expect((await download(signal, image.length)).length).toBe(0);
  });

  it('waits for the next welcome while there is no link, however often it is cut', async () => {
    const down = () => {
      up = false;
      setImmediate(back);
    };
    const nothing = (response: ServerResponse) => {
      down();
      response.destroy();
    };
    answers = [nothing, nothing, nothing, nothing, cutAfter(10, down), whole];
    expect((await download()).equals(image)).toBe(true);
  });

  it.each([
    ['502', status(502, 'a proxy')],
    ['503', status(503, JSON.stringify({ detail: 'the controller is stopping' }))],
  ])('is tried again after HTTP %s, which says nothing of the image', async (_code, busy) => {
    answers = [busy, whole];
    expect((await download()).equals(image)).toBe(true);
  });

  it('ends at once with what the controller says of the image', async () => {
    answers = [status(404, JSON.stringify({ detail: 'there is no such image' }))];
    await expect(download()).rejects.toThrow(/HTTP 404 there is no such image/);
    expect(asked).toBe(1);
  });

  it('leaves a controller that is gone without a word when another one greets', async () => {
    const half = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': image.length });
      response.write(image.subarray(0, 50_000), back);
    };
    answers = [half, whole];
    expect((await download()).equals(image)).toBe(true);
    expect(asked).toBe(2);
    expect(welcomes.size).toBe(0);
  });

  it('comes whole, though the link is lost and found in the middle of it', async () => {
    const downloads = 8;
    const pieces = Math.ceil(image.length / 30_000);
    /** After which of all pieces that are sent the link comes back. */
    const flaps = fc.uniqueArray(fc.nat(downloads * pieces - 1), { minLength: 4, maxLength: 4 });
    const property = fc.asyncProperty(flaps, async (plan) => {
      let sent = 0;
      const inPieces = (response: ServerResponse, at = 0): void => {
        response.write(image.subarray(at, at + 30_000), () => {
          if (plan.includes(sent++)) back();
          if (at + 30_000 >= image.length) response.end();
          else inPieces(response, at + 30_000);
        });
      };
      answers = [(response) => inPieces(response)];
      const all = await Promise.all(Array.from({ length: downloads }, () => download()));
      expect(all.every((bytes) => bytes.equals(image))).toBe(true);
    });
    await fc.assert(property, { seed: 20_261_130, numRuns: 8 });
  });

  it('is given up when nothing comes although the link stands', async () => {
    answers = [gone];
    await expect(download()).rejects.toThrow(DownloadCut);
    expect(asked).toBe(3);
  });

  it('ends when its time is over, with what was wrong', async () => {
    const off = new AbortController();
    answers = [
      (response) => {
        up = false;
        onCut = () => off.abort();
        response.destroy();
      },
    ];
    await expect(download(off.signal)).rejects.toThrow(/images.*; it could not go on in the time/);
  });

  it('ends in the middle when its time is over', async () => {
    const off = new AbortController();
    answers = [
      (response) => {
        response.writeHead(200, { 'content-length': image.length });
        response.write(image.subarray(0, 10), () => off.abort(new Error('over')));
      },
    ];
    await expect(download(off.signal)).rejects.toThrow('over');
  });
});
