import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createHostTests } from '@greenrack/test-suites';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listHostTests } from '../../src/python-host-test/list-host-tests.js';
import { trustedFiles } from '../../src/python-host-test/trusted-files.js';
import { Bench } from '../greentea/support/bench.js';
import { end } from '../greentea/support/console-texts.js';
import { notesOf, PYTHON, PythonLab } from './support/python-lab.js';

let lab: PythonLab;
beforeEach(() => {
  lab = new PythonLab();
});
afterEach(async () => {
  await lab.close();
});

const BASE = 'from mbed_host_tests import BaseHostTest\n';
const says = (className: string, text: string, name?: string): string => `
class ${className}(BaseHostTest):
    ${name === undefined ? '' : `name = '${name}'`}
    def setup(self):
        self.log('${text}')
`;

/** What the host test called `name` logs, or why the run ended without it. */
async function answerOf(name: string, hostTests = lab.hostTests()): Promise<string> {
  const run = new Bench({ hostTests });
  await run.begin(name);
  run.say(end('success'));
  const { verdict, reason, message } = await run.session.ended;
  return verdict === 'pass' ? notesOf(run).join() : `${verdict} ${reason}: ${message}`;
}

describe('the host tests of a lab', () => {
  it('have the name that they give themselves, else that of their file', async () => {
    lab.write('file_name.py', `${BASE}${says('One', 'by file')}${says('Two', 'by name', 'own')}`);
    expect([await answerOf('file_name'), await answerOf('own')]).toEqual(['by file', 'by name']);
  });

  it('are those that a file defines, without bases of theirs and what it imports', async () => {
    lab.write('common.py', `${BASE}class Common(BaseHostTest):\n    pass\n`);
    lab.write(
      'real.py',
      `${BASE}from common import Common\nclass Half(Common):\n    pass\n${says('Whole', 'derived').replace('BaseHostTest', 'Half')}`,
    );
    expect(await answerOf('real')).toBe('derived');
    expect(lab.log).toEqual([]);
  });

  it('give way to the ones that come along, and the operator is told once', async () => {
    const file = lab.write('echo.py', BASE + says('Mine', 'mine'));
    const hostTests = lab.hostTests();
    await answerOf('no_such', hostTests);
    await answerOf('no_such', hostTests);
    expect(hostTests.get('echo')).toBe(createHostTests().get('echo'));
    expect(lab.log).toEqual([
      `host test echo of class Mine in ${file} is not used: this version brings echo along`,
    ]);
    expect([...hostTests.keys()].filter((name) => name === 'echo')).toHaveLength(1);
  });

  it('of the first folder win, and the operator is told', async () => {
    const [first, second] = ['a', 'b'].map((folder) =>
      lab.write(`${folder}/twin.py`, BASE + says('Twin', folder)),
    );
    const hostTests = lab.hostTests([join(lab.folder, 'a'), join(lab.folder, 'b')]);
    expect(await answerOf('twin', hostTests)).toBe('a');
    expect(lab.log).toEqual([
      `host test twin of class Twin in ${second} is not used: Twin in ${first} has that name`,
    ]);
  });

  it.each([
    ['has a syntax error', 'def (:', /SyntaxError/],
    ['imports what is not there', 'import no_such_module', /ModuleNotFoundError.*no_such_module/],
    ['leaves', 'import sys; sys.exit(2)', /SystemExit: 2/],
    ['kills the process', 'import os; os._exit(4)', /importing it failed: \S+ ended with code 4/],
    [
      'writes to the agent',
      'import os; os.write(4, b"{}\\n")',
      /importing it failed: it wrote "\{\}"/,
    ],
  ])('are there although a file %s, which is named', async (_, text, why) => {
    lab.write('a_good.py', BASE + says('Good', 'a'));
    const broken = lab.write('b_broken.py', text);
    lab.write('c_good.py', BASE + says('Good', 'c'));
    const hostTests = lab.hostTests();
    expect(await answerOf('a_good', hostTests)).toBe('a');
    expect(await answerOf('c_good', hostTests)).toBe('c');
    expect(lab.log).toEqual([expect.stringContaining(`host test not usable: ${broken}: `)]);
    expect(lab.log[0]).toMatch(why);
  });

  it('are there although a file never comes to its end', async () => {
    const endless = lab.write('a_endless.py', 'while True: pass');
    const good = lab.write('b_good.py', BASE + says('Good', 'b'));
    const settings = { python: PYTHON, importMs: 10_000 };
    const { found, problems } = await listHostTests(
      settings,
      [endless, good],
      new AbortController().signal,
    );
    expect(found).toEqual([{ name: 'b_good', file: good, attribute: 'Good' }]);
    expect(problems).toEqual([
      `${endless}: importing it failed: the next of its host tests: nothing within 10000 ms`,
    ]);
  });

  it('have no names that are too long', async () => {
    expect(await answerOf('x'.repeat(129))).toMatch(
      /^infra hostTestUnknown: the image asks for host test "x{119}…", which/,
    );
  });

  it('may be added while the agent runs', async () => {
    const hostTests = lab.hostTests();
    expect(await answerOf('late', hostTests)).toMatch(
      /^infra hostTestUnknown: the image asks for host test "late", which this agent lacks; it has /,
    );
    lab.write('late.py', BASE + says('Late', 'better than never'));
    expect(await answerOf('late', hostTests)).toBe('better than never');
  });

  it('that are gone since are at fault themselves', async () => {
    lab.write('gone.py', BASE + says('Gone', 'there'));
    const hostTests = lab.hostTests();
    expect(await answerOf('gone', hostTests)).toBe('there');
    lab.write('gone.py', BASE);
    expect(await answerOf('gone', hostTests)).toMatch(
      /^infra hostTestError: .*no attribute 'Gone'/,
    );
  });

  it('need Python, and without it the others still work', async () => {
    lab.write('mine.py', BASE + says('Mine', 'mine'));
    const hostTests = lab.hostTests([lab.folder], '/no/such/python');
    expect(await answerOf('mine', hostTests)).toMatch(/^infra hostTestUnknown/);
    expect(lab.log[0]).toMatch(
      /^Python host tests cannot be run: .*\/no\/such\/python.*Install Python 3.9 or later/s,
    );
    expect(await answerOf('default_auto', hostTests)).toBe('');
  });

  it.each([
    ['is not there', 'missing', () => undefined, /no such file/],
    ['is a file', 'file', (path: string) => lab.write('file', path), /is no directory/],
    [
      'can be changed by everybody',
      'open',
      (path: string) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
      /open can be changed by every user: chmod o-w it/,
    ],
    [
      'holds a file that can be changed by everybody',
      'loose',
      () => chmodSync(lab.write('loose/lib/helper.py', ''), 0o666),
      /helper\.py can be changed by every user/,
    ],
    [
      'holds a link to a place that can be changed by everybody',
      'linked',
      (path: string) => {
        chmodSync(lab.write('elsewhere/a.py', '').replace('/a.py', ''), 0o777);
        mkdirSync(path);
        symlinkSync(join(lab.folder, 'elsewhere/a.py'), join(path, 'a.py'));
      },
      /elsewhere can be changed by every user/,
    ],
    [
      'holds a link that leads nowhere',
      'dangling',
      (path: string) => {
        mkdirSync(path);
        symlinkSync(join(lab.folder, 'nowhere.py'), join(path, 'a.py'));
      },
      /no such file.*dangling\/a\.py/,
    ],
    [
      'holds a link to a folder elsewhere',
      'foreign',
      (path: string) => {
        mkdirSync(path);
        symlinkSync('/usr', join(path, 'lib'));
      },
      /foreign\/lib leads to a folder elsewhere/,
    ],
    [
      'is in one that can be changed by everybody',
      'above/inner',
      (path: string) => {
        mkdirSync(path, { recursive: true });
        chmodSync(join(path, '..'), 0o777);
      },
      /above can be changed by every user/,
    ],
  ])('are not used from a folder that %s', async (_, name, prepare, why) => {
    const folder = join(lab.folder, name);
    prepare(folder);
    lab.write('good/fine.py', BASE + says('Fine', 'fine'));
    const hostTests = lab.hostTests([folder, join(lab.folder, 'good')]);
    expect(await answerOf('fine', hostTests)).toBe('fine');
    expect(lab.log).toEqual([expect.stringContaining(`host tests in ${folder} are not used: `)]);
    expect(lab.log[0]).toMatch(why);
  });

  it('are not used when they belong to another user', async () => {
    const path = lab.write('mine.py', '');
    const uid = process.getuid?.() ?? 0;
    // Only root can give a file away; everybody else can be taken for somebody else.
    if (uid === 0) chownSync(path, 65534, -1);
    const asUid = uid === 0 ? 0 : uid + 1;
    await expect(trustedFiles(lab.folder, asUid)).rejects.toThrow(/belongs to user \d+, who could/);
  });
});
