import { meaningOf, VERDICTS_BY_SEVERITY } from '@greenrack/farm-model';
import type { EndReason, RunView, Verdict } from '@greenrack/farm-protocol';

/** What a chip says. `queued` and `running` stand where there is no verdict yet. */
export type Standing = Verdict | 'queued' | 'running';

/** Worst first: the order of sorting by verdict, of legends and of progress bars' trouble. */
export const STANDINGS_BY_SEVERITY: readonly Standing[] = [
  ...VERDICTS_BY_SEVERITY,
  'running',
  'queued',
];

const severity = new Map(STANDINGS_BY_SEVERITY.map((standing, index) => [standing, index]));

/** Rank by severity; 0 is the worst. */
export function severityOf(standing: Standing): number {
  return severity.get(standing) ?? STANDINGS_BY_SEVERITY.length;
}

/** Order of the segments of a progress bar: good, unclear, bad, then what is still to come. */
export const BAR_ORDER: readonly Standing[] = [
  'pass',
  'xfail',
  'flaky',
  'skipped',
  'cancelled',
  'blocked',
  'infra',
  'xpass',
  'fail',
  'hang',
  'crash',
  'running',
  'queued',
];

const LABELS: Record<Standing, string> = {
  pass: 'pass',
  fail: 'fail',
  crash: 'crash',
  hang: 'hang',
  infra: 'infra',
  flaky: 'flaky',
  skipped: 'skipped',
  blocked: 'blocked',
  cancelled: 'cancelled',
  xfail: 'xfail',
  xpass: 'xpass',
  queued: 'queued',
  running: 'running',
};

/** The word on the chip. */
export function standingLabel(standing: Standing): string {
  return LABELS[standing];
}

const EXPLAINED: Record<Standing, string> = {
  pass: 'Every case passed.',
  fail: 'The firmware or its host test found a defect.',
  crash: 'The firmware crashed.',
  hang: 'The firmware went silent or never finished.',
  infra: 'The farm could not execute this run. It says nothing about the code.',
  flaky: 'It failed first and passed on retry.',
  skipped: 'It was not executed, on purpose.',
  blocked: 'It could not start, for the reason given.',
  cancelled: 'It was stopped on request.',
  xfail: 'It failed, as its list of known failures foretold.',
  xpass: 'It passed although it is listed as a known failure: take it off the list.',
  queued: 'It waits for a board.',
  running: 'It runs now.',
};

/** One sentence on what the verdict means. */
export function explainStanding(standing: Standing): string {
  return EXPLAINED[standing];
}

const REASONS: Record<EndReason, string> = {
  completed: 'The firmware or its host test gave this verdict.',
  exitWithoutEnd: 'The firmware left without giving a verdict.',
  crashBlock: 'It printed a crash report.',
  rebooted: 'The board restarted by itself in the middle of the test.',
  timeout: 'The time that the image announced, or that its spec allows, was used up.',
  syncFailed: 'The firmware never answered the handshake.',
  hostTestUnknown: 'The image asks for a host test that the agent does not have.',
  fixtureMissing: 'The board lacks a fixture that the host test needs.',
  hostTestError: 'The host test itself failed.',
  outputLimit: 'The console printed more than its limit.',
  consoleLost: 'The console port vanished.',
  emulatorExited: 'The emulator ended by itself.',
  boardStartFailed: 'The board or its emulator could not be started.',
  flashFailed: 'The image could not be written to the board.',
  imageUnavailable: 'The image could not be fetched, or its bytes do not match their hash.',
  imageUnsuitable: 'The image cannot run on this board.',
  meterFailed:
    'The power meter of its board did not answer, or could not judge what the run may take.',
  hostStarved: 'Its virtual board was kept waiting for a processor while its cases failed.',
  agentRefused: 'The agent would not take the order.',
  agentRestarted: 'The agent restarted while it ran this.',
  agentLost: 'The agent did not come back before its lease ran out.',
  noBoard: 'No board could take the run before its deadline.',
  cancelled: 'It was stopped on request.',
  internalError: 'A defect of the farm itself.',
  unknown:
    'Its agent is newer than the controller, which does not know the reason; the message names it.',
};

/** One sentence on why the attempt or run ended. */
export function explainReason(reason: EndReason): string {
  return REASONS[reason];
}

/** The chip of a run: its verdict once it has one, its state before. */
export function standingOf(run: Pick<RunView, 'state' | 'verdict'>): Standing {
  if (run.verdict) return run.verdict;
  return run.state === 'queued' ? 'queued' : 'running';
}

/** The verdicts that ask a person to act: what did not go well, unless a person wanted it so. */
export function isTrouble(standing: Standing): boolean {
  if (standing === 'queued' || standing === 'running' || standing === 'cancelled') return false;
  return meaningOf(standing) !== 'good';
}
