import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  columnsOf,
  cutSegments,
  decodeBytes,
  type Segment,
  segmentsOf,
} from '../src/model/console-text.js';

const shown = (bytes: readonly number[]) =>
  segmentsOf(decodeBytes(Uint8Array.from(bytes)), '')
    .map(({ kind, text }) => (kind === 'escape' ? `«${text}»` : text))
    .join('');
const LONE_SURROGATE = /\p{Surrogate}/u;
const words = (segments: readonly Segment[]) => segments.map((segment) => segment.text).join('');

describe('console text', () => {
  it('shows controls and stray bytes as escapes', () => {
    expect(shown([0xff, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xc3, 0x28])).toBe(
      '«\\xff\\0\\x1b»[31m«\\xc3»(',
    );
    expect(shown([0x61, 0x0d, 0x62, 0x7f])).toBe('a«\\r»b«\\x7f»');
  });

  it('shows UTF-8 as it is, but not what makes text lie', () => {
    expect(segmentsOf(decodeBytes(Buffer.from('21 °C ✓ 😀')), '')[0]?.text).toBe('21 °C ✓ 😀');
    expect(words(segmentsOf(decodeBytes(Buffer.from('a\u202egnp.exe\u200b\u0085')), ''))).toBe(
      'a\\u{202e}gnp.exe\\u{200b}\\u{85}',
    );
  });

  it('takes surrogates and overlong forms for the stray bytes that they are', () => {
    expect(shown([0xed, 0xa0, 0x80])).toBe('«\\xed\\xa0\\x80»');
    expect(shown([0xc0, 0xaf])).toBe('«\\xc0\\xaf»');
    expect(shown([0xf4, 0x90, 0x80, 0x80])).toBe('«\\xf4\\x90\\x80\\x80»');
  });

  it('never lets a control or invisible character through, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = words(segmentsOf(decodeBytes(bytes), ''));
        expect(text).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
        );
        expect(text).not.toMatch(LONE_SURROGATE);
      }),
    );
  });

  it('is as wide as it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
        const text = decodeBytes(bytes);
        expect(words(segmentsOf(text, ''))).toHaveLength(columnsOf(text));
        const head = text.slice(0, at);
        if (LONE_SURROGATE.test(head) || /[\ud800-\udbff]/.test(text)) return;
        const first = columnsOf(head);
        expect(first + columnsOf(text.slice(at), first)).toBe(columnsOf(text));
      }),
    );
  });

  it('sets tabs to every eighth column', () => {
    expect(words(segmentsOf('a\tb', ''))).toBe('a       b');
    expect(columnsOf('\t', 7)).toBe(1);
  });

  it('marks what a search found, in any case, and nothing else', () => {
    const hits = segmentsOf('Error: an ERROR <b>', 'error').filter((segment) => segment.hit);
    expect(hits.map((segment) => segment.text)).toEqual(['Error', 'ERROR']);
    expect(words(segmentsOf('Error: an ERROR <b>', 'error'))).toBe('Error: an ERROR <b>');
  });

  it('is cut at a column', () => {
    expect(words(cutSegments(segmentsOf('ab\u0000cd', ''), 3))).toBe('ab\\');
  });
});
