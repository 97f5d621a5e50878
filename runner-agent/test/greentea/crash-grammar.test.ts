import { describe, expect, it } from '@jest/globals';
import { Bench } from './support/bench.js';
import {
  caseFinish,
  caseList,
  caseStart,
  end,
  errorBlock,
  faultDump,
} from './support/console-texts.js';

async function inCase(text: string): Promise<Bench> {
  const run = new Bench();
  await run.begin();
  run.say(`${caseList('a')}${caseStart('a')}${text}`);
  return run;
}
const finish = `${caseFinish('a')}${end('success')}`;
const prefixed = (text: string, prefix: string): string =>
  text.replace(/^(?=.)/gm, prefix).replaceAll(`${prefix}\r`, '\r');

describe('words of a crash', () => {
  it.each([
    'the last boot printed ++ MbedOS Error Info ++ and died',
    '[INFO] found "++ MbedOS Error Info ++"',
    '++ MbedOS Error Info ++ was printed',
    'expected: ++ MbedOS Error Info ++',
    '++ MbedOS Error Info ++',
    '++ MbedOS Fault Handler ++\r\n\r\nno fault type follows',
    '++ MbedOS Error Info ++\r\n:1::SKIP: next line',
    'it said: mbed assertation failed: x, file: y, line 3',
    'mbed assertation failed would be printed here',
    'CMSIS-RTOS error: none',
    '= System will be rebooted due to a fatal error = (not today)',
  ])('in a passing run crash nothing: %j', async (text) => {
    const run = await inCase(`${text}\r\n`);
    await run.clock.advance(3000);
    run.say(finish);
    expect(await run.ended()).toMatchObject({ verdict: expect.stringMatching(/pass|skipped/) });
    expect(run.of('crash')).toEqual([]);
  });

  it('that were a quotation are read as text of the case', async () => {
    const run = await inCase('++ MbedOS Error Info ++\r\n:1::SKIP: next line\r\n');
    run.say(finish);
    await run.ended();
    expect(run.of('caseEnd')[0]?.failures).toEqual([{ message: 'next line', line: 1 }]);
  });
});

describe('a real crash', () => {
  it.each(['[00:00:01.234][ERR ]: ', '\u001b[31m', '2026-11-30T12:00:00.1Z ERROR ', '[E] '])(
    'ends the run early behind the prefix %j',
    async (prefix) => {
      const run = await inCase(prefixed(faultDump + errorBlock, prefix));
      expect(await run.ended()).toMatchObject({
        verdict: 'crash',
        message: 'Fault exception (HardFault)',
      });
      expect(run.of('crash')[0]?.crash).toMatchObject({ status: '0x80FF013D', thread: 'main' });
    },
  );

  it('whose heading is the last that was said counts when the time is over', async () => {
    const run = await inCase('++ MbedOS Error Info ++\r\n');
    await run.clock.advance(9999);
    expect(run.end).toBeUndefined();
    await run.clock.advance(1);
    expect(await run.ended()).toMatchObject({ verdict: 'crash', reason: 'crashBlock' });
  });
});
