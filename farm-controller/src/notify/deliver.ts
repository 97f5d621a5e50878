import { FarmError, type Notice, type NoticeTarget } from '@greenrack/farm-protocol';
import { type HttpMessage, postMessage, type Reach } from './http-target.js';
import { sendMail } from './mailer.js';
import type { NotifySettings } from './notify-settings.js';
import { networks } from './safe-address.js';
import { signatureOf, webhookSecret } from './sealed-target.js';

const MAX_SLACK_CHARS = 3_000;
const SLACK_MARKS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A message and whom it is for. */
export interface Delivery {
  readonly subscriptionId: string;
  readonly target: NoticeTarget;
  readonly notice: Notice;
}

/** Sends messages. @throws RefusedError, and what passes */
export class Deliverer {
  readonly #settings: NotifySettings & { readonly key: string };
  readonly #reach: Reach;
  readonly #now: () => number;

  constructor(settings: NotifySettings & { readonly key: string }, now: () => number) {
    this.#settings = settings;
    this.#reach = { allowed: networks(settings.networks) };
    this.#now = now;
  }

  async send({ subscriptionId, target, notice }: Delivery, signal: AbortSignal): Promise<void> {
    switch (target.kind) {
      case 'webhook': {
        const secret = webhookSecret(this.#settings.key, subscriptionId);
        const message = signed(target.url, notice, { secret, nowMs: this.#now() });
        await postMessage(message, this.#reach, signal);
        return;
      }
      case 'slack':
        await postMessage(slackMessage(target.url, notice), this.#reach, signal);
        return;
      case 'email':
        await this.#mail(target.address, notice);
    }
  }

  async #mail(to: string, { id, title, text, url }: Notice): Promise<void> {
    const { mail } = this.#settings;
    if (!mail) throw new FarmError('unavailable', 'no mail is sent: GREENRACK_SMTP_URL is not set');
    const whole = url === undefined ? text : `${text}\n\n${url}\n`;
    await sendMail({ id, to, subject: `[greenrack] ${title}`, text: whole }, mail);
  }
}

function signed(
  url: string,
  notice: Notice,
  { secret, nowMs }: { readonly secret: string; readonly nowMs: number },
): HttpMessage {
  const body = JSON.stringify(notice);
  const timestampS = Math.floor(nowMs / 1000);
  return {
    ...{ url, body },
    headers: {
      'content-type': 'application/json',
      'user-agent': 'greenrack',
      'x-greenrack-id': notice.id,
      'x-greenrack-timestamp': String(timestampS),
      'x-greenrack-signature': signatureOf(secret, timestampS, body),
    },
  };
}

/** Nothing in it calls anybody or makes links. */
function slackMessage(url: string, { title, text, url: page }: Notice): HttpMessage {
  const escaped = (plain: string) => plain.replace(/[&<>]/g, (mark) => SLACK_MARKS[mark] ?? mark);
  const code = text.slice(0, MAX_SLACK_CHARS).replaceAll('```', "'''");
  const link = page === undefined ? '' : `\n<${page}|More in the farm>`;
  const lines = `*${escaped(title).replaceAll('*', '∗')}*\n\`\`\`\n${escaped(code)}\n\`\`\`${link}`;
  return {
    ...{ url, body: JSON.stringify({ text: lines }) },
    headers: { 'content-type': 'application/json', 'user-agent': 'greenrack' },
  };
}
