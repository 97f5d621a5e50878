import type { EventBody, HostFacts } from '@greenrack/farm-protocol';
import type { HostLoad, HostShare } from '../contracts/host-share.js';
import { clip } from '../deadline.js';
import type { SessionEnd } from '../session/session-types.js';

/**
 * What a failed case must have waited at least to be called starved, in µs, and as a part of its time. Cases of 10 ms that
 * allow 1 ms too much are common: a wait of that length fails them.
 */
const LEAST_WAIT_US = 1000;
const LEAST_PART = 0.05;
/**
 * What is closer together has arrived at once. An account that young is not read again: suites of thousands of cases would
 * pay for it.
 */
const FRESH_US = 1000;
/**
 * What a test that measures time says of itself: in its name, in its case's, or in what it asserts. Not utest's "Timed Out",
 * which any case may say.
 */
const ABOUT_TIME =
  /within delta|tick|time(?!d out)|timing|delay|wait|sleep|clock|drift|accura|period|interval|latency|frequency/i;
const MAX_MESSAGE = 4000;
const MAX_SHOWN = 200;

type CaseEnd = Extract<EventBody, { type: 'caseEnd' }>;

interface Sample extends HostLoad {
  readonly atUs: number;
}

/** The accounts when a case was seen to begin, and when something was seen before that. */
interface Begin {
  readonly at: Sample;
  readonly before: Sample;
}

/** A failed case, and how long its board waited for a processor meanwhile. */
interface Starved {
  readonly name: string;
  readonly waitedUs: number;
  readonly tookUs: number;
  readonly assertion: string;
}

/**
 * Tells failures of the firmware from those of a busy machine. A virtual board that waits for a processor wakes late, and
 * every assertion about time may fail then; what failed while it waited says nothing about the code. It is narrow on
 * purpose: an assertion that is not about time, a case that failed on a machine with time to spare, a crash and a hang stay
 * what they are.
 */
export class StarvationWatch {
  readonly #share: HostShare | undefined;
  readonly #begun: Sample | undefined;
  #case: Begin | undefined;
  #latest: Sample | undefined;
  #previous: Sample | undefined;
  readonly #starved: Starved[] = [];
  /** A case failed undisturbed: the run's failure stands. */
  #honest = false;

  readonly #runName: string;

  /** @param share - undefined for a board that shares no machine: then nothing is changed */
  constructor(share: HostShare | undefined, atUs: number, runName = '') {
    this.#share = share;
    this.#runName = runName;
    this.#begun = this.#sample(atUs);
  }

  /** The event as it is to be reported: a failed case that was kept waiting is no verdict on the code. */
  see(body: EventBody, atUs: number): EventBody {
    const now = this.#sample(atUs);
    if (body.type === 'caseBegin') this.#case = now && { at: now, before: this.#previous ?? now };
    if (body.type !== 'caseEnd' || body.verdict !== 'fail') return body;
    const starved = this.#starvation(body, now);
    if (starved) this.#starved.push(starved);
    else this.#honest = true;
    return starved ? { ...body, verdict: 'infra' } : body;
  }

  /** The run's end: not a failure when every case that failed was kept waiting. */
  judge(end: SessionEnd): SessionEnd {
    const [first] = this.#starved;
    const isFailure = end.verdict === 'fail' && end.reason === 'completed';
    if (!first || !isFailure || this.#honest) return end;
    return { verdict: 'infra', reason: 'hostStarved', message: clip(explain(first), MAX_MESSAGE) };
  }

  /** What the host did to the run until now; undefined when it is not known. */
  async facts(atUs: number): Promise<HostFacts | undefined> {
    const now = this.#sample(atUs);
    const behindMs = await this.#share?.behindMs();
    if (!this.#begun || !now) return undefined;
    return {
      tookMs: msOf(now.atUs - this.#begun.atUs),
      ranMs: msOf(now.ranUs - this.#begun.ranUs),
      waitedMs: msOf(now.waitedUs - this.#begun.waitedUs),
      ...(behindMs !== undefined && { behindMs }),
    };
  }

  #starvation({ name, failures }: CaseEnd, now: Sample | undefined): Starved | undefined {
    if (!now || !this.#case || !this.#isAboutTime(name, failures)) return undefined;
    const { at, before } = this.#case;
    // On a busy machine begin and end come in one piece: the case ran since we heard of the board before.
    const from = now.atUs - at.atUs < FRESH_US ? before : at;
    const waitedUs = now.waitedUs - from.waitedUs;
    const tookUs = now.atUs - from.atUs;
    if (waitedUs < LEAST_WAIT_US || waitedUs < tookUs * LEAST_PART) return undefined;
    return { name, waitedUs, tookUs, assertion: failures[0]?.message ?? '' };
  }

  #isAboutTime(name: string, failures: CaseEnd['failures']): boolean {
    return [this.#runName, name, ...failures.map(({ message }) => message)].some((text) =>
      ABOUT_TIME.test(text),
    );
  }

  #sample(atUs: number): Sample | undefined {
    if (this.#latest && atUs - this.#latest.atUs < FRESH_US) return this.#latest;
    const load = this.#share?.load();
    this.#previous = this.#latest;
    this.#latest = load && { ...load, atUs };
    return this.#latest;
  }
}

function explain({ name, waitedUs, tookUs, assertion }: Starved): string {
  const what = assertion === '' ? 'its failure' : `its failure (${assertion.slice(0, MAX_SHOWN)})`;
  return (
    `The case "${name}" failed while its emulator waited ${msOf(waitedUs)} ms for a processor within ${msOf(tookUs)} ms: ` +
    `${what} may be the busy machine's. Run fewer virtual boards on it, or give it more processors.`
  );
}

const msOf = (us: number): number => Math.round(us / 1000);
