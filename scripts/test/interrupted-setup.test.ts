import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('a set-up that is interrupted', () => {
  let clone: string;
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'greenrack-clone-'));
    for (const name of ['greenrack', 'package-lock.json'])
      cpSync(join(ROOT, name), join(clone, name));
    cpSync(join(ROOT, 'scripts'), join(clone, 'scripts'), { recursive: true });
    mkdirSync(join(clone, 'bin'));
    // An npm that never ends by itself.
    writeFileSync(join(clone, 'bin/npm'), '#!/bin/sh\nexec tail -f /dev/null\n');
    chmodSync(join(clone, 'bin/npm'), 0o755);
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  it('ends with 130, as the commands after it do', async () => {
    const PATH = `${join(clone, 'bin')}:${process.env.PATH}`;
    const child = spawn(join(clone, 'greenrack'), ['whoami'], {
      env: { ...process.env, PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const closed = once(child, 'close');
    for await (const line of createInterface(child.stderr)) {
      expect(line).toContain('installing node modules');
      break;
    }
    // Ctrl-C goes to all that run in the terminal.
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await closed).toEqual([130, null]);
  });
});
