import type { EventBody } from '@greenrack/farm-protocol';
import type { SimRun } from '../sim-agent.js';

/** Markup, terminal colours, text that turns around, and no end: all of it must stand on the page as it is. */
export const HOSTILE_NAMES = [
  '"><img src=x onerror="window.harmed=1"><script>window.harmed=1</script>',
  '\u001b[31mred\u001b[0m \u001b]8;;javascript:window.harmed=1\u0007click\u001b]8;;\u0007',
  'abc\u202etxt.exe\u2066 \u200fright to left',
  'w'.repeat(200),
] as const;

/** Firmware that names its cases, and says what went wrong, as badly as it can. */
export function hostileChapter(): SimRun {
  const events = HOSTILE_NAMES.flatMap((name): EventBody[] => [
    { type: 'caseBegin', name },
    {
      type: 'caseEnd',
      name,
      verdict: 'fail',
      durationUs: 1,
      failures: [{ message: name.repeat(18), file: name, line: 1 }],
    },
  ]);
  return {
    lines: ['{{__sync;0}}', ...HOSTILE_NAMES, 'x'.repeat(1_000_000)],
    events: [
      { type: 'handshake', clientVersion: '1.3.0', timeoutMs: 10_000, hostTest: 'default_auto' },
      { type: 'casesListed', names: [...HOSTILE_NAMES] },
      ...events,
    ],
    end: { verdict: 'fail', reason: 'completed', message: HOSTILE_NAMES.join(' ').repeat(9) },
    takesMs: 0,
  };
}
