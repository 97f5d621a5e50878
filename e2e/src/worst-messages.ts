import {
  type AgentToController,
  encodeLogHeader,
  type LiveClientToServer,
  MAX_CONSOLE_CHUNK_BYTES,
  newId,
  PROTOCOL_VERSION,
} from '@greenrack/farm-protocol';

/** One message that costs the controller as much as a message of its kind can. */
export interface WorstMessage {
  readonly what: string;
  readonly message: unknown;
  /** Whether it is to be answered with a yes. */
  readonly ok: boolean;
}

const JUNK = Array(400_000).fill(0);
const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const attempt = () => ({ attemptId: newId('att', 1), fence: 1 });
const lease = () => ({ leaseId: newId('lea', 1), fence: 1 });

/** The worst that each message of an agent can be, for the agent of that name. Attempts in them are nobody's: they are read and refused. */
export function worstAgentMessages(
  agent: string,
): Readonly<Record<keyof AgentToController, readonly WorstMessage[]>> {
  const hello = {
    ...{ protocol: PROTOCOL_VERSION, agent, version: 'sim', host: 'sim', instance: 'worst' },
    ...{ drivers: ['qemu'], held: [] },
  };
  return {
    hello: [
      { what: 'most attempts held', message: { ...hello, held: many(2000, held) }, ok: true },
      { what: 'a list of nothing', message: { ...hello, held: JUNK }, ok: false },
    ],
    boards: [
      { what: 'most boards', message: { boards: many(1000, status) }, ok: true },
      { what: 'a list of nothing', message: { boards: JUNK }, ok: false },
    ],
    events: [
      { what: 'longest evidence', message: { ...attempt(), events: many(4, crash) }, ok: false },
      { what: 'most cases', message: { ...attempt(), events: many(8, listed) }, ok: false },
      { what: 'a list of nothing', message: { ...attempt(), events: JUNK }, ok: false },
    ],
    console: [
      { what: 'largest piece', message: { ...attempt(), offset: 0, data: log() }, ok: false },
    ],
    renew: [
      { what: 'most leases', message: { leases: many(2000, lease) }, ok: true },
      { what: 'a list of nothing', message: { leases: JUNK }, ok: false },
    ],
  };
}

/** The worst that each message of a watcher can be. */
export function worstLiveMessages(
  attemptId: string,
): Readonly<Record<keyof LiveClientToServer, readonly WorstMessage[]>> {
  const junk = 'x'.repeat(15_000);
  return {
    subscribe: [
      { what: 'the whole farm', message: { topic: 'farm' }, ok: true },
      {
        what: 'a whole console',
        message: { topic: 'console', id: attemptId, offset: 0 },
        ok: true,
      },
      { what: 'what is no topic', message: { topic: junk }, ok: false },
    ],
    unsubscribe: [
      { what: 'the whole farm', message: { topic: 'farm' }, ok: true },
      { what: 'what is no topic', message: { topic: 'run', id: junk }, ok: false },
    ],
  };
}

function held(i: number) {
  const key = { ...attempt(), ...lease(), boardSerial: `b-${i}` };
  return { ...key, state: 'ended', lastSeq: 9, consoleBytes: 9 };
}

const status = (i: number) => ({ serial: `b-${i}`, usable: true, detail: 'x'.repeat(200) });

function crash(i: number) {
  const block = { message: 'x'.repeat(4000), lines: many(400, () => 'x'.repeat(1000)) };
  return { seq: i + 1, atUs: i, body: { type: 'crash', crash: block } };
}

function listed(i: number) {
  const names = many(2000, (n) => `${'x'.repeat(190)}${n}`);
  return { seq: i + 1, atUs: i, body: { type: 'casesListed', names } };
}

function log(): Uint8Array {
  const data = Buffer.alloc(MAX_CONSOLE_CHUNK_BYTES, 'x');
  data.set(encodeLogHeader(Date.now()));
  return data;
}
