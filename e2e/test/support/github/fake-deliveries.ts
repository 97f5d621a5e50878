import { createHmac, randomUUID } from 'node:crypto';
import { newFakeId } from './answers.js';
import { Description, type Json } from './description.js';
import { sampleOf } from './schema-sample.js';

/** One attempt to tell the App of an event. */
export interface FakeDelivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly body: string;
  readonly deliveredMs: number;
  readonly redelivery: boolean;
  /** 0 when nobody answered. */
  statusCode: number;
  answer: string;
}

interface ListQuery {
  readonly cursor: string | null;
  readonly perPage: number;
  /** Only those that failed. */
  readonly failed: boolean;
}

export interface DeliveryTarget {
  url: string;
  secret: string;
}

const HOOKS = new Description('webhooks.json');
/** The service waits for ten seconds; here a busy machine must not lose what a test is about. */
const ANSWER_MS = 60_000;

/** Tells the App what happens, signed and in the published form, and remembers each attempt. */
export class FakeDeliveries {
  readonly all: FakeDelivery[] = [];
  readonly target: DeliveryTarget = { url: '', secret: '' };

  /** `event` as the published description names it: `pull-request-opened`. Resolves when the App has answered. */
  async send(event: string, facts: Json): Promise<FakeDelivery> {
    const schema = HOOKS.slice.events?.[event]?.content['application/json']?.schema;
    const payload = sampleOf(HOOKS, schema, facts) as Json;
    const faults = HOOKS.faults(schema, payload);
    if (faults.length > 0) throw new Error(`payload of ${event}: ${faults.slice(0, 5).join('; ')}`);
    return await this.#deliver({
      ...{ guid: randomUUID(), event: eventName(event), redelivery: false },
      action: typeof payload.action === 'string' ? payload.action : null,
      body: JSON.stringify(payload),
    });
  }

  /** Sends it once more under the same GUID, as a person or the App may ask for. */
  async again(id: number): Promise<FakeDelivery | undefined> {
    const known = this.all.find((delivery) => delivery.id === id);
    return known && (await this.#deliver({ ...known, redelivery: true }));
  }

  /** The newest first, from the cursor on, as the App's list has them. */
  list({ cursor, perPage, failed }: ListQuery): { items: Json[]; next: string | undefined } {
    const newest = this.all.filter((each) => !failed || !isGood(each)).reverse();
    const from = cursor === null ? 0 : newest.findIndex(({ id }) => String(id) === cursor);
    const page = newest.slice(from, from + perPage);
    const after = newest[from + perPage];
    return { items: page.map(listed), next: after && String(after.id) };
  }

  async #deliver(
    facts: Pick<FakeDelivery, 'guid' | 'event' | 'action' | 'body' | 'redelivery'>,
  ): Promise<FakeDelivery> {
    const delivery = {
      ...facts,
      id: newFakeId(),
      deliveredMs: Date.now(),
      statusCode: 0,
      answer: '',
    };
    this.all.push(delivery);
    Object.assign(delivery, await this.#post(delivery));
    return delivery;
  }

  async #post({
    event,
    guid,
    body,
  }: FakeDelivery): Promise<Pick<FakeDelivery, 'statusCode' | 'answer'>> {
    const { url, secret } = this.target;
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/fake',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${signature}`,
    };
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      const answer = await fetch(url, { method: 'POST', headers, body, signal });
      return { statusCode: answer.status, answer: await answer.text() };
    } catch {
      // Nobody listens: the service says so in its list and leaves it at that.
      return { statusCode: 0, answer: '' };
    }
  }
}

const isGood = ({ statusCode }: FakeDelivery): boolean => statusCode >= 200 && statusCode < 300;

const NAMES = [
  'check_run',
  'check_suite',
  'issue_comment',
  'merge_group',
  'pull_request',
  'workflow_run',
];

/** `pull-request-opened` is the event `pull_request`. */
function eventName(event: string): string {
  const words = event.replaceAll('-', '_');
  return NAMES.find((name) => words.startsWith(name)) ?? words;
}

function listed({
  id,
  guid,
  deliveredMs,
  redelivery,
  statusCode,
  event,
  action,
}: FakeDelivery): Json {
  const status =
    statusCode === 0 ? 'failed to connect to host' : statusCode < 300 ? 'OK' : 'Invalid';
  return {
    ...{ id, guid, redelivery, event, action, status, status_code: statusCode, duration: 0.1 },
    ...{ delivered_at: new Date(deliveredMs).toISOString(), installation_id: 1, repository_id: 1 },
  };
}
