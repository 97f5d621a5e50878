import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

type Colour = readonly [number, number, number];

const css = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');
const TOKENS = new Map(
  [...css.matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, [rgb(light), rgb(dark)] as const] as const,
  ),
);
/** What a chip may stand on, and the most of its own colour that is mixed into that (see `.chip`, `.legend-item`). */
const GROUNDS = [
  ['bg', 0.16],
  ['surface', 0.16],
  ['surface-2', 0.13],
] as const;
const TONES = 'pass fail crash hang infra flaky idle xfail xpass running accent quiet text'.split(
  ' ',
);

function rgb(hex: string): Colour {
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(colour: Colour): number {
  const [r, g, b] = colour.map((part) => {
    const x = part / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Colour, b: Colour): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function token(name: string, theme: 0 | 1): Colour {
  const pair = TOKENS.get(name);
  if (!pair) throw new Error(`tokens.css has no ${name}`);
  return pair[theme];
}

function mixed(tone: Colour, ground: Colour, share: number): Colour {
  const mix = (i: 0 | 1 | 2) => tone[i] * share + ground[i] * (1 - share);
  return [mix(0), mix(1), mix(2)];
}

describe('the colours', () => {
  it.each([
    ['light', 0],
    ['dark', 1],
  ] as const)('can be read as words of chips on every ground (%s)', (_, theme) => {
    for (const name of TONES)
      for (const [ground, share] of GROUNDS) {
        const tone = token(name, theme);
        const ratio = contrast(tone, mixed(tone, token(ground, theme), share));
        expect([name, ground, ratio >= 4.5]).toEqual([name, ground, true]);
      }
  });
});
