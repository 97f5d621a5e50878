import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dnsAnswer } from '../../src/ethernet/dns-answer.js';

const NAMES = new Map([['echo.greenrack.test', 0x0a000202]]);
const A = 1;
const AAAA = 28;

function question(name: string, { type = A, flags = 0x0100, count = 1 } = {}): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0xbeef, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(count, 4);
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1])]);
}

function read(answer: Buffer | undefined) {
  if (!answer) throw new Error('no answer');
  const isAddress = answer.readUInt16BE(6) === 1;
  return {
    id: answer.readUInt16BE(0),
    isAnswer: answer.readUInt16BE(2) >= 0x8000,
    result: answer.readUInt16BE(2) & 0xf,
    ...(isAddress && {
      address: answer.subarray(-4).join('.'),
      ttlS: answer.readUInt32BE(answer.length - 10),
    }),
  };
}

describe('the name server', () => {
  it.each(['echo.greenrack.test', 'ECHO.GreenRack.test'])('knows the address of %s', (name) => {
    const query = question(name);
    const answer = dnsAnswer(query, NAMES);
    expect(read(answer)).toEqual({
      id: 0xbeef,
      isAnswer: true,
      result: 0,
      address: '10.0.2.2',
      ttlS: 60,
    });
    // The question is repeated as it was asked; firmware compares it.
    expect(answer?.subarray(12, query.length).equals(query.subarray(12))).toBe(true);
  });

  it('has no IPv6 address for a name that it knows', () => {
    const answer = dnsAnswer(question('echo.greenrack.test', { type: AAAA }), NAMES);
    expect(read(answer)).toEqual({ id: 0xbeef, isAnswer: true, result: 0 });
  });

  it.each(['example.com', 'greenrack.test', 'a.echo.greenrack.test'])(
    'says that %s does not exist',
    (name) => {
      expect(read(dnsAnswer(question(name), NAMES))).toMatchObject({ result: 3 });
    },
  );

  it.each([
    [
      'a question with a pointer',
      Buffer.concat([question('a').subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]),
      1,
    ],
    ['a question cut short', question('echo.greenrack.test').subarray(0, 30), 1],
    ['two questions', question('echo.greenrack.test', { count: 2 }), 1],
    ['an update', question('echo.greenrack.test', { flags: 5 << 11 }), 4],
  ])('answers %s with an error', (_, query, result) => {
    expect(read(dnsAnswer(query, NAMES))).toMatchObject({ result, isAnswer: true });
  });

  it.each([
    ['an answer', question('echo.greenrack.test', { flags: 0x8180 })],
    ['what has no whole header', question('a').subarray(0, 11)],
  ])('says nothing to %s', (_, query) => {
    expect(dnsAnswer(query, NAMES)).toBeUndefined();
  });

  it('survives any bytes, and says hardly more than it was asked', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const answer = dnsAnswer(Buffer.from(bytes), NAMES);
        expect(answer?.length ?? 0).toBeLessThanOrEqual(bytes.length + 16);
      }),
    );
  });
});
