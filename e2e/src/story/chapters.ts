import { gaussian, seededRandom } from '@greenrack/farm-model';
import type { EventBody, Failure } from '@greenrack/farm-protocol';
import type { SimRun } from '../sim-agent.js';
import { bootTrace } from './boot-trace.js';

/** Where an attempt stands in the story. */
export interface Scene {
  readonly image: string;
  /** Nights since the first. */
  readonly build: number;
  readonly target: string;
  readonly board: string;
  readonly attempt: number;
}

/** Build whose commit made switching between threads slower. */
export const SLOWER_SINCE = 9;
/** Build whose commit broke the key-value store. */
export const BROKEN_SINCE = 10;
/** Build since which TLS crashes on one target. */
export const CRASHES_SINCE = 12;
/** Its cable is loose: what needs the network fails there now and then. */
export const LOOSE_BOARD = 'rack-b-fvp-mps2-m3-2';
export const FLAKY_BUILDS: readonly number[] = [3, 6, 8, 11, 13];

const CASES: Readonly<Record<string, readonly string[]>> = {
  'rtos-timing': ['context switch', 'semaphore hand-over', 'message queue', 'event flags'],
  kvstore: [
    'keys: a key is found again',
    'keys: the longest key fits',
    'power: a key survives a power cut',
    'power: half a write is no write',
    'space: a full store says so',
  ],
  'tls-handshake': ['certificate of a stranger', 'session is resumed', 'ten at the same time'],
  'udp-echo': ['one datagram', 'a thousand datagrams', 'the largest datagram'],
  events: Array.from({ length: 18 }, (_, i) => `queue: event ${i + 1} comes in order`),
  'boot-time': ['from reset to main'],
};
export const STORY_IMAGES = Object.keys(CASES);

interface Fault {
  readonly at: number;
  readonly failure: Failure;
}

function faultOf({ image, build, board, attempt }: Scene): Fault | undefined {
  const place = (file: string, line: number, message: string): Failure => ({ file, line, message });
  if (image === 'kvstore' && build >= BROKEN_SINCE)
    return {
      at: 2,
      failure: place('src/kv_store.c', 212, `expected 16 bytes under key_${build}, got 0`),
    };
  if (
    image === 'udp-echo' &&
    board === LOOSE_BOARD &&
    attempt === 1 &&
    FLAKY_BUILDS.includes(build)
  )
    return {
      at: 1,
      failure: place('tests/udp.c', 88, `${build * 3} of 1000 datagrams are missing`),
    };
  return undefined;
}

function metricsOf({ image, build, board }: Scene): EventBody[] {
  const random = seededRandom(
    build * 7919 + board.length * 31 + board.charCodeAt(board.length - 1),
  );
  const metric = (
    name: string,
    value: number,
    unit: 'cycles' | 'us' | 'bytes',
    caseName?: string,
  ) => ({
    type: 'metric' as const,
    metric: {
      name,
      value,
      unit,
      direction: 'lower' as const,
      ...(caseName !== undefined && { caseName }),
    },
  });
  if (image === 'rtos-timing') {
    const cycles = 412 + (build >= SLOWER_SINCE ? 31 : 0);
    return [
      metric('cycles', cycles, 'cycles', 'context switch'),
      metric('cycles', 655 + (build >= SLOWER_SINCE ? 31 : 0), 'cycles', 'semaphore hand-over'),
      metric('flash', 38_112 + build * 64 + (build >= 6 ? 2048 : 0), 'bytes'),
    ];
  }
  if (image === 'boot-time')
    return [
      metric('boot', Math.round(18_400 + 160 * gaussian(random)), 'us', 'from reset to main'),
    ];
  return [];
}

const crashes = ({ image, build, target }: Scene) =>
  image === 'tls-handshake' && build >= CRASHES_SINCE && target === 'ARM_CM3DS_MPS2';

const CRASH_LINES = [
  '++ MbedOS Fault Handler ++',
  '',
  'FaultType: HardFault',
  '',
  'Context:',
  'R0   : 00000000',
  'R1   : 20001c48',
  'PC   : 000041f2',
  'LR   : 00003c99',
  'CFSR : 00008200',
  'BFAR : 00000018',
  'Mode : Thread',
  '',
  '-- MbedOS Fault Handler --',
];

const greeting = [
  '{{__sync;5d3c}}',
  '{{__version;1.3.0}}',
  '{{__timeout;20}}',
  '{{__host_test_name;default_auto}}',
];

/** What happens on that board with that image on that night. */
export function chapterOf(scene: Scene): SimRun {
  const random = seededRandom(scene.build * 101 + scene.board.length + scene.image.length * 13);
  const names = CASES[scene.image] ?? ['does nothing'];
  const fault = faultOf(scene);
  const crashAt = crashes(scene) ? 1 : names.length;
  const lines: string[] = [...greeting];
  const events: EventBody[] = [
    { type: 'handshake', clientVersion: '1.3.0', timeoutMs: 20_000, hostTest: 'default_auto' },
    { type: 'casesListed', names: [...names] },
  ];
  for (const [i, name] of names.slice(0, crashAt).entries()) {
    const failures = fault?.at === i ? [fault.failure] : [];
    lines.push(...linesOf(name, i, failures));
    events.push(
      { type: 'caseBegin', name },
      {
        type: 'caseEnd',
        name,
        verdict: failures.length > 0 ? 'fail' : 'pass',
        durationUs: Math.round(4000 + random() * 90_000 + i * 2500),
        failures,
      },
    );
  }
  const takesMs = Math.round(60 + random() * 240);
  if (crashes(scene)) return { ...crashed(lines, events, names[crashAt] ?? ''), takesMs };
  events.push(...metricsOf(scene));
  const verdict = fault ? 'fail' : 'pass';
  lines.push(`{{end;${fault ? 'failure' : 'success'}}}`, '{{__exit;0}}');
  const message = fault
    ? `${names[fault.at]}: ${fault.failure.file}:${fault.failure.line}: ${fault.failure.message}`
    : '';
  const trace = scene.image === 'boot-time' ? { trace: bootTrace(scene.build) } : {};
  return { lines, events, end: { verdict, reason: 'completed', message }, takesMs, ...trace };
}

function linesOf(name: string, i: number, failures: readonly Failure[]): string[] {
  const said = failures.map(({ file, line, message }) => `:${file}:${line}:FAIL: ${message}`);
  const failed = failures.length;
  return [
    `>>> Running case #${i + 1}: '${name}'...`,
    `{{__testcase_start;${name}}}`,
    ...said,
    `{{__testcase_finish;${name};${1 - failed};${failed}}}`,
    `>>> '${name}': ${1 - failed} passed, ${failed} failed`,
  ];
}

function crashed(
  lines: readonly string[],
  events: readonly EventBody[],
  name: string,
): Omit<SimRun, 'takesMs'> {
  const message = 'Fault exception (HardFault)';
  return {
    lines: [...lines, `>>> Running case '${name}'...`, ...CRASH_LINES],
    events: [
      ...events,
      { type: 'caseBegin', name },
      { type: 'crash', crash: { message, lines: CRASH_LINES, thread: 'main', location: '0x41F2' } },
      { type: 'caseEnd', name, verdict: 'crash', durationUs: 12_000, failures: [{ message }] },
    ],
    end: { verdict: 'crash', reason: 'crashBlock', message },
  };
}
