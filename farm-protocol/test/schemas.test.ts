import { describe, expect, it } from '@jest/globals';
import { boardWiringSchema } from '../src/board.js';
import { attemptEventSchema } from '../src/event.js';
import { fileNameSchema, fixtureSchema, runIdSchema, sha256Schema } from '../src/ids.js';
import { consoleChunkSchema, MAX_CONSOLE_CHUNK_BYTES } from '../src/link.js';

const ok = (schema: { safeParse(v: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('names that come from outside', () => {
  it.each(['../x', 'a/b', 'a\\b', '.hidden', '', 'x'.repeat(129), 'a\u0000b', 'a\nb'])(
    'refuses the file name %j',
    (name) => {
      expect(ok(fileNameSchema, name)).toBe(false);
    },
  );

  it.each(['pass.elf', 'my image (2).hex', 'a+b_c-d.bin'])('takes the file name %j', (name) => {
    expect(ok(fileNameSchema, name)).toBe(true);
  });

  it('takes fixtures with and without a parameter', () => {
    expect(['ethernet', 'loopback:D2-D3'].every((f) => ok(fixtureSchema, f))).toBe(true);
    expect(['Ethernet', 'loopback:', 'a b', 'x:../y'].some((f) => ok(fixtureSchema, f))).toBe(
      false,
    );
  });

  it('tells a short hash from a whole one', () => {
    const result = sha256Schema.safeParse('ab');
    expect(result.error?.issues[0]?.message).toBe(
      'expected 64 lower-case hex digits, got "ab" (2 characters)',
    );
    expect(ok(runIdSchema, `run_${'0'.repeat(23)}`)).toBe(true);
    expect(ok(runIdSchema, `sub_${'0'.repeat(23)}`)).toBe(false);
  });
});

describe('the parameters of a driver', () => {
  const wiring = (params: object) => ({ driver: 'usb', params });

  it('are bounded as a whole, however they are nested', () => {
    expect(ok(boardWiringSchema, wiring({ port: 'x'.repeat(8000) }))).toBe(true);
    expect(ok(boardWiringSchema, wiring({ port: 'x'.repeat(9000) }))).toBe(false);
    expect(ok(boardWiringSchema, wiring({ a: { b: [...'x'.repeat(2000)] } }))).toBe(false);
    const list = Array(500).fill('x'.repeat(20));
    expect(ok(boardWiringSchema, wiring({ a: list }))).toBe(false);
  });

  it('are refused when they contain themselves', () => {
    const params: Record<string, unknown> = {};
    params.self = params;
    expect(ok(boardWiringSchema, wiring(params))).toBe(false);
  });
});

describe('messages of the link', () => {
  const key = { attemptId: `att_${'1'.repeat(23)}`, fence: 1 };

  it('refuse a console chunk over its limit', () => {
    expect(
      ok(consoleChunkSchema, { ...key, offset: 0, data: new Uint8Array(MAX_CONSOLE_CHUNK_BYTES) }),
    ).toBe(true);
    expect(
      ok(consoleChunkSchema, {
        ...key,
        offset: 0,
        data: new Uint8Array(MAX_CONSOLE_CHUNK_BYTES + 1),
      }),
    ).toBe(false);
    expect(ok(consoleChunkSchema, { ...key, offset: 0, data: 'text' })).toBe(false);
  });

  it('refuse an event that the vocabulary does not have', () => {
    const event = (body: unknown) => ({ seq: 1, atUs: 0, body });
    expect(ok(attemptEventSchema, event({ type: 'caseBegin', name: 'a' }))).toBe(true);
    expect(ok(attemptEventSchema, event({ type: 'caseBegun', name: 'a' }))).toBe(false);
    expect(ok(attemptEventSchema, event({ type: 'note', text: 'x'.repeat(4001) }))).toBe(false);
  });
});
