import { ERROR_CODES } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { CLI_BEGIN, CLI_END, renderCliDocs } from '../lib/cli-docs.js';
import { compareEnvironment } from '../lib/env-docs.js';
import { renderErrorDocs } from '../lib/error-docs.js';

describe('the generated documentation', () => {
  it('has every error code once, with its cause and cure', () => {
    const text = renderErrorDocs();
    for (const [code, { cause, cure }] of Object.entries(ERROR_CODES)) {
      expect(text.split(`| \`${code}\` |`)).toHaveLength(2);
      expect(text).toContain(`| ${cause} | ${cure} |`);
    }
  });

  it('has every command, and leaves what people wrote around them', () => {
    const text = renderCliDocs(`before\n${CLI_BEGIN}\nstale words\n${CLI_END}\nafter\n`);
    expect(text).toMatch(/^before\n/);
    expect(text).toMatch(/\nafter\n$/);
    expect(text).not.toContain('stale words');
    expect(text).toContain('### greenrack submit [paths…]');
    expect(text).toContain('### greenrack token create');
    expect(text).toContain(
      '| `--port <port>` | port of the dashboard; 0 takes any (default: 8080) |',
    );
  });
});

describe('the table of environment variables', () => {
  const sources = new Map([['a.ts', 'env.GREENRACK_URL; env.DATABASE_URL']]);
  const row = (name: string) => `| \`${name}\` | what it does |`;

  it('is complete when each variable has a row', () => {
    expect(compareEnvironment(sources, `${row('GREENRACK_URL')}\n${row('DATABASE_URL')}`)).toEqual(
      [],
    );
  });

  it('names a variable that only prose mentions, and who reads it', () => {
    expect(compareEnvironment(sources, `${row('DATABASE_URL')}\nSet GREENRACK_URL.`)).toEqual([
      'docs/configuration.md: describe GREENRACK_URL, which a.ts reads',
    ]);
  });

  it('names a variable that nothing reads any more', () => {
    const text = [row('GREENRACK_URL'), row('DATABASE_URL'), row('GREENRACK_OLD')].join('\n');
    expect(compareEnvironment(sources, text)).toEqual([
      'docs/configuration.md: GREENRACK_OLD is read by nothing; take it out',
    ]);
  });
});
