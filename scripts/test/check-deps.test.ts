import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkRooms } from '../lib/check-rooms.js';
import { depsSchema, judgeFile, type Room } from '../lib/dep-rules.js';

const room: Room = {
  name: 'agent',
  packages: new Set(['zod', 'serialport', '@scope/tool']),
  deps: depsSchema.parse({
    why: 'Data flows one way so that a driver can go.',
    allow: ['@greenrack/farm-protocol'],
    only: { '@greenrack/test-suites': ['agent.ts'], serialport: ['drivers/'] },
    root: ['agent.ts'],
    shared: ['clock.ts'],
    inside: { contracts: [], drivers: ['contracts'], job: ['contracts', 'store'], store: [] },
    ports: { store: ['store/ports.ts'] },
  }),
};
const judge = (path: string, specifier: string) =>
  judgeFile(room, { path, text: `import { x } from '${specifier}';` });

describe('the arrows between rooms', () => {
  it.each([
    ['job/a.ts', '@greenrack/farm-protocol'],
    ['agent.ts', '@greenrack/test-suites'],
    ['drivers/qemu/a.ts', 'serialport'],
    ['job/a.ts', 'zod/v4'],
    ['job/a.ts', '@scope/tool/sub'],
    ['job/a.ts', 'node:fs'],
  ])('let %s import %s', (path, specifier) => {
    expect(judge(path, specifier)).toEqual([]);
  });

  it.each([
    ['job/a.ts', '@greenrack/e2e', 'The list is allow in agent/DEPS.json'],
    ['job/a.ts', '@greenrack/test-suites', 'only agent.ts may import @greenrack/test-suites'],
    ['job/a.ts', '@greenrack/farm-protocol/dist/x.js', 'import the public index'],
    ['job/a.ts', 'serialport', 'only drivers/ may import serialport'],
    ['job/a.ts', 'lodash', 'not in "dependencies" of agent/package.json'],
    ['job/a.ts', '../../../other/src/x.js', 'may not leave the room'],
  ])('stop %s from importing %s, and say what to do', (path, specifier, message) => {
    expect(judge(path, specifier)).toEqual([expect.stringContaining(message)]);
  });
});

describe('the arrows between the folders of a room', () => {
  it.each([
    ['agent.ts', './drivers/qemu.js'],
    ['drivers/qemu/a.ts', '../../contracts/console.js'],
    ['drivers/qemu/a.ts', '../pty/b.js'],
    ['job/a.ts', '../store/ports.js'],
    ['job/a.ts', '../clock.js'],
    ['store/sqlite.ts', './ports.js'],
  ])('let %s import %s', (path, specifier) => {
    expect(judge(path, specifier)).toEqual([]);
  });

  it.each([
    ['drivers/a.ts', '../job/b.js', 'drivers may import contracts. The list is inside["drivers"]'],
    ['contracts/a.ts', '../job/b.js', 'contracts may import nothing'],
    ['job/a.ts', '../store/sqlite.js', 'only store/ports.ts may be used from outside'],
    ['job/a.ts', '../agent.js', 'job may import contracts, store'],
    ['clock.ts', './job/a.js', 'clock.ts may import nothing'],
    ['helper.ts', './job/a.js', 'outside of the folders'],
    ['extra/a.ts', '../job/b.js', 'folder extra has no list'],
  ])('stop %s from importing %s', (path, specifier, message) => {
    expect(judge(path, specifier)).toEqual([expect.stringContaining(message)]);
  });

  it('name file, line, import and the reason for the arrow', () => {
    const text = "\n\nimport { x } from '../job/b.js';";
    expect(judgeFile(room, { path: 'drivers/a.ts', text })[0]).toMatch(
      /^agent\/src\/drivers\/a\.ts:3: import of '\.\.\/job\/b\.js': [^\n]+\n +Why it matters: Data flows one way/,
    );
  });
});

describe('checking a workspace', () => {
  function inWorkspace(files: Record<string, unknown>): string[] {
    const root = mkdtempSync(join(tmpdir(), 'greenrack-deps-'));
    try {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(
          join(root, name),
          typeof content === 'string' ? content : JSON.stringify(content),
        );
      }
      return checkRooms(root);
    } finally {
      rmSync(root, { recursive: true });
    }
  }
  const why = 'Arrows are data so that a program can check them.';

  it('reads every source file below the folder that DEPS.json names', () => {
    const complaints = inWorkspace({
      'package.json': { workspaces: ['room'] },
      'room/package.json': {},
      'room/DEPS.json': { why, allow: [], src: 'lib' },
      'room/lib/deep/page.tsx': "export * from '@greenrack/e2e';",
      'room/src/ignored.ts': "export * from '@greenrack/e2e';",
    });
    expect(complaints).toEqual([expect.stringContaining('room/lib/deep/page.tsx:1')]);
  });

  it('asks for a DEPS.json where there is none', () => {
    expect(inWorkspace({ 'package.json': { workspaces: ['room'] } })).toEqual([
      expect.stringContaining('room: has no DEPS.json'),
    ]);
  });

  it('refuses a misspelt key instead of ignoring the rule', () => {
    const complaints = inWorkspace({
      'package.json': { workspaces: ['room'] },
      'room/package.json': {},
      'room/DEPS.json': { why, allow: [], insides: {} },
    });
    expect(complaints).toEqual([expect.stringContaining('insides')]);
  });
});
