import { describe, expect, it } from '@jest/globals';
import { scanImports } from '../lib/import-scanner.js';

const specifiers = (source: string) => scanImports(source).map((found) => found.specifier);

describe('scanning imports', () => {
  it.each([
    ["import x from 'a';", ['a']],
    ["import { x,\n  type Y } from 'a';", ['a']],
    ["import * as x from 'a';", ['a']],
    ['import "a";', ['a']],
    ["import type { X } from 'a';", ['a']],
    ["import data from './a.json' with { type: 'json' };", ['./a.json']],
    ["export { x } from 'a';", ['a']],
    ["export * from 'a';", ['a']],
    ["const x = await import('a');", ['a']],
    ["let x: import('a').X;", ['a']],
    ["const x = require('a');", ['a']],
    ["import/* c */x/* c */from/* c */'a'", ['a']],
  ])('finds the module of %s', (source, expected) => {
    expect(specifiers(source)).toEqual(expected);
  });

  it.each([
    "// import x from 'a';",
    "/* import x from 'a'; */",
    `const text = "import x from 'a'";`,
    "const text = `\nimport x from 'a';\n`;",
    "const pattern = /import x from 'a'/;",
    "const pattern = /[/]import x from 'a'/;",
    "Array.from('a'); x.import('a'); const y = { from: 'a' };",
    'const here = import.meta.url;',
  ])('finds nothing in %s', (source) => {
    expect(specifiers(source)).toEqual([]);
  });

  it('is not thrown off by quotes and slashes that are no strings', () => {
    const source = [
      "const ratio = width / height; // it's",
      'const quote = /[\'"`]/g;',
      'const b = (x) / 2;',
      "const c = 'don\\'t';",
      "import y from 'found';",
    ].join('\n');
    expect(scanImports(source)).toEqual([{ specifier: 'found', line: 5 }]);
  });

  it("survives an apostrophe in a page's text", () => {
    const source = "const a = <p>don't</p>;\nconst b = () => import('found');";
    expect(specifiers(source)).toEqual(['found']);
  });

  it('reports a computed module as one that cannot be checked', () => {
    expect(scanImports('const x = await import(name);')).toEqual([
      { specifier: undefined, line: 1 },
    ]);
  });
});
