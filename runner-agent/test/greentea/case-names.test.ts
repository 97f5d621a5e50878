import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { BANNER, Bench } from './support/bench.js';
import { caseFail, caseFinish, caseList, casePass, end, summary } from './support/console-texts.js';

async function bench(text: string): Promise<Bench> {
  const made = new Bench();
  await made.begin();
  made.say(text);
  return made;
}

const start = (name: string, index?: number): string =>
  `${index === undefined ? '' : `>>> Running case #${index}: '${name}'...\r\n`}{{__testcase_start;${name}}}\r\n`;
const one = (name: string, index?: number): string => start(name, index) + caseFinish(name);
const executions = (run: Bench): string[] =>
  run.of('caseEnd').map(({ name, verdict }) => `${name}: ${verdict}`);

describe('the name of a case', () => {
  it.each([
    'parses {} and {"a": 1}',
    'caf\u00e9 gr\u00f8n',
    'Gr\u00c3\u00b6\u00c3\u009fe',
    'a;b; c',
    ' padded ',
  ])('is kept as it is: %j', async (name) => {
    const run = await bench(caseList(name) + casePass(name) + summary(1, 0) + end('success'));
    expect(await run.ended()).toMatchObject({ verdict: 'pass', message: '' });
    const expected = name.startsWith('Gr') ? 'Größe' : name;
    expect(run.of('casesListed')[0]?.names).toEqual([expected]);
    expect(run.verdicts()).toEqual({ [expected]: 'pass' });
  });

  it('of 5000 characters is cut visibly and stays unlike others', async () => {
    const [a, b] = [`${'n'.repeat(5000)}a`, `${'n'.repeat(5000)}b`];
    const run = await bench(
      caseList(a, b) + casePass(a) + caseFail(b, ':1::FAIL') + end('failure'),
    );
    const names = run.of('casesListed')[0]?.names ?? [];
    expect(new Set(names).size).toBe(2);
    for (const name of names) {
      expect(name).toHaveLength(200);
      expect(name).toMatch(/^n+… \[5001 characters, [0-9a-f]{8}\]$/);
    }
    expect(Object.values(run.verdicts())).toEqual(['pass', 'fail']);
  });

  it('is not cut in the middle of a character', async () => {
    const run = await bench(casePass(Buffer.from('🙂'.repeat(300)).toString('latin1')));
    const [name = ''] = Object.keys(run.verdicts());
    expect(name).not.toMatch(/\p{Cs}/u);
    expect(name).toMatch(/^🙂+…/u);
  });
});

describe('more cases than a suite may have', () => {
  it('are counted, and only the first are reported', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `case ${i}`);
    const run = await bench(caseList(...names) + casePass('case 0') + end('success'));
    // The cases that never started are ended in turns: that takes as many as it takes.
    while (run.end === undefined) await setImmediate();
    expect(run.end).toMatchObject({ verdict: 'fail' });
    expect(run.of('casesListed')[0]?.names).toEqual(names.slice(0, 2000));
    expect(run.of('caseEnd')).toHaveLength(2000);
  });
});

describe('two cases of one name', () => {
  it('are two cases, and the failure of the first stays', async () => {
    const run = await bench(
      caseList('a', 'a') +
        start('a', 1) +
        ':1::FAIL: no\r\n' +
        caseFinish('a', 0, 1) +
        one('a', 2) +
        end('failure'),
    );
    expect(run.of('casesListed')[0]?.names).toEqual(['a', 'a #2']);
    expect(executions(run)).toEqual(['a: fail', 'a #2: pass']);
  });

  it('are told apart without numbers, and the skip of the first stays', async () => {
    const run = await bench(
      `${caseList('a', 'a')}${start('a')}:1::SKIP: no\r\n${caseFinish('a')}${one('a')}${end('success')}`,
    );
    expect(executions(run)).toEqual(['a: skipped', 'a #2: pass']);
  });

  it('are told apart without a list', async () => {
    const run = await bench(one('a') + one('a') + one('b') + end('success'));
    expect(executions(run)).toEqual(['a: pass', 'a #2: pass', 'b: pass']);
  });

  it('may both be repeated', async () => {
    const run = await bench(
      caseList('a', 'a') + one('a', 1).repeat(2) + one('a', 2).repeat(2) + end('success'),
    );
    expect(executions(run)).toEqual(['a: pass', 'a: pass', 'a #2: pass', 'a #2: pass']);
  });

  it('leave a real name with a number its own', async () => {
    const run = await bench(caseList('a', 'a', 'a #2') + end('success'));
    expect(run.of('casesListed')[0]?.names).toEqual(['a', 'a #2', 'a #2 #2']);
  });

  it('are missed when only one of them ran', async () => {
    const run = await bench(caseList('a', 'a') + one('a', 1) + end('success'));
    expect(await run.ended()).toMatchObject({
      verdict: 'fail',
      message: 'cases never ran: "a #2"',
    });
  });
});

describe('one case', () => {
  it('that is listed once stays one, however often it runs', async () => {
    const run = await bench(caseList('a') + one('a').repeat(2) + one('a', 7) + end('success'));
    expect(executions(run)).toEqual(['a: pass', 'a: pass', 'a: pass']);
  });

  it('that restarts the board as planned and begins again goes on', async () => {
    const run = new Bench({
      extraHostTests: [
        {
          name: 'sample',
          start: (context) => ({
            onMessage: ({ key, value }) => {
              if (key === 'soon') context.expectReset();
              if (key === 'end') context.finish(value === 'success' ? 'pass' : 'fail', '');
            },
          }),
        },
      ],
    });
    await run.begin('sample');
    run.say(`${caseList('a', 'b', 'a')}${one('a', 1)}${one('b', 2)}${start('a', 3)}{{soon;1}}\r\n`);
    run.say(`${BANNER}{{__version;1.3.0}}\r\n${caseList('a', 'b', 'a')}${one('a', 1)}`);
    run.say(`${summary(1, 0)}${end('success')}`);
    expect(await run.ended()).toMatchObject({ verdict: 'pass' });
    expect(executions(run)).toEqual(['a: pass', 'b: pass', 'a #2: pass']);
    expect(run.of('caseBegin').map(({ name }) => name)).toEqual(['a', 'b', 'a #2']);
  });
});

describe('a ghost', () => {
  it.each(['__testcase_start;tw[INFO] o', '__testcase_finish;tw[INFO] o;1;0'])(
    'is no case: {{%s}}',
    async (message) => {
      const run = await bench(
        `${caseList('two')}${start('two')}{{${message}}}\r\n${caseFinish('two')}${end('success')}`,
      );
      expect(await run.ended()).toMatchObject({ verdict: 'pass' });
      expect(executions(run)).toEqual(['two: pass']);
      expect(run.of('note')[0]?.text).toContain('a damaged message was left out');
    },
  );

  it('is no case where nothing was listed either, while another case runs', async () => {
    const run = await bench(
      `${start('two')}{{__testcase_finish;tw[INFO] o;1;0}}\r\n${caseFinish('two')}${end('success')}`,
    );
    expect(executions(run)).toEqual(['two: pass']);
  });
});
