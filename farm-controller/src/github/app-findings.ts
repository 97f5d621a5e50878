import { createHash, createPublicKey } from 'node:crypto';
import type { GithubFinding } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { failureOf, GithubLimited } from './github-errors.js';
import { idSchema } from './github-event.js';
import type { GithubSettings } from './github-settings.js';
import { missingAccess } from './needed-access.js';

/** Tokens of the App are dated back by as much; a clock that is further ahead makes them tokens of the future. */
const MAX_CLOCK_OFF_MS = 30_000;
const WEBHOOK_PATH = '/github/webhook';

const accessSchema = {
  permissions: z.record(z.string(), z.string()),
  events: z.array(z.string()).max(1_000),
};
export const appSchema = z.object({ name: z.string(), html_url: z.string(), ...accessSchema });
export type AppFacts = z.output<typeof appSchema>;

export const hookSchema = z.object({
  url: z.string().optional(),
  content_type: z.string().optional(),
  secret: z.string().optional(),
  insecure_ssl: z.union([z.string(), z.number()]).optional(),
});

export const installationSchema = z.object({
  id: idSchema,
  account: z.object({ login: z.string().optional(), slug: z.string().optional() }).nullable(),
  html_url: z.string(),
  suspended_at: z.string().nullish(),
  ...accessSchema,
});
export type Installation = z.output<typeof installationSchema>;

export const deliverySchema = z.object({
  ...{
    guid: z.string().max(64),
    event: z.string(),
    delivered_at: z.iso.datetime({ offset: true }),
  },
  ...{ status: z.string(), status_code: z.number().int() },
});
export type DeliveryFacts = z.output<typeof deliverySchema>;

/** As GitHub lists the keys of an App, by which a person tells them apart. */
export function fingerprint(privateKeyPem: string): string {
  const der = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64')}`;
}

/** Whether what is in use is still what a start would read. */
export function ofFiles(used: GithubSettings, read: GithubSettings): GithubFinding[] {
  const restart = 'restart the controller, which reads its files when it starts';
  const key = { subject: 'key', found: `RSA, ${fingerprint(read.privateKeyPem)}` };
  const count = read.secrets.length;
  const secret = { subject: 'webhook secret', found: count === 1 ? 'one' : 'two, in exchange' };
  return [
    read.privateKeyPem === used.privateKeyPem
      ? { ...key, state: 'ok' }
      : wrong('key', `the file has another than the one in use: ${key.found}`, restart),
    read.secrets.join('\n') === used.secrets.join('\n')
      ? { ...secret, state: 'ok' }
      : wrong('webhook secret', 'the file has another than the one in use', restart),
  ];
}

export function ofPublicUrl(publicUrl: string): GithubFinding {
  const subject = 'public URL';
  return publicUrl === ''
    ? wrong(subject, 'none: checks have no links', 'set GREENRACK_PUBLIC_URL')
    : { subject, state: 'ok', found: publicUrl };
}

export function ofClock(date: string | undefined, nowMs: number): GithubFinding {
  const subject = 'clock';
  const aheadMs = nowMs - Date.parse(date ?? '');
  if (Number.isNaN(aheadMs)) return unknown(subject, 'GitHub does not say what time it is');
  const off = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
  if (Math.abs(aheadMs) <= MAX_CLOCK_OFF_MS)
    return { subject, state: 'ok', found: 'in step with GitHub' };
  return wrong(subject, `${off} GitHub`, 'have NTP set the clock of the controller’s machine');
}

/** Permissions and events of the App, or of an installation, whose owner accepts changes in their own time. */
export function ofAccess(
  subject: string,
  { permissions, events }: Pick<AppFacts, 'permissions' | 'events'>,
  fix: string,
): GithubFinding {
  const missing = missingAccess(permissions, events);
  return missing.length === 0
    ? { subject, state: 'ok', found: 'all permissions and events' }
    : wrong(subject, `missing: ${missing.join(', ')}`, fix);
}

export function ofHook(hook: z.output<typeof hookSchema>, app: AppFacts): GithubFinding {
  const subject = 'webhook';
  const { url = '', content_type, secret = '', insecure_ssl } = hook;
  const faults = [
    ...(url.endsWith(WEBHOOK_PATH)
      ? []
      : [`its URL is ${url === '' ? 'empty' : url}, and not https://<your farm>${WEBHOOK_PATH}`]),
    ...(content_type === 'json' ? [] : ['its content type is not application/json']),
    ...(secret === '' ? ['it has no secret'] : []),
    ...(Number(insecure_ssl ?? 0) === 0 ? [] : ['it does not verify certificates']),
  ];
  return faults.length === 0
    ? { subject, state: 'ok', found: url }
    : wrong(
        subject,
        faults.join('; '),
        `change it under Webhook on the settings of ${app.html_url}`,
      );
}

/** What became of the newest delivery; `isKept` when this farm has it. */
export function ofDeliveries(deliveries: readonly DeliveryFacts[], isKept: boolean): GithubFinding {
  const subject = 'deliveries';
  const [newest] = deliveries;
  if (!newest)
    return unknown(subject, 'GitHub has told nothing lately', 'push a commit and look again');
  const failed = deliveries.filter(({ status_code: code }) => !isGood(code)).length;
  const { event, delivered_at, status_code, status } = newest;
  const found = `the newest is ${event} of ${delivered_at}: ${status_code} ${status}`;
  if (!isGood(status_code)) return wrong(subject, found, cureOf(status_code));
  if (!isKept)
    return wrong(subject, `${found}, but it never came here`, 'have the webhook name this farm');
  const count = deliveries.length;
  return { subject, state: 'ok', found: `${found}; ${failed} of the last ${count} failed` };
}

const isGood = (statusCode: number): boolean => statusCode >= 200 && statusCode < 300;

function cureOf(statusCode: number): string {
  if (statusCode === 401)
    return 'enter the secret of GREENRACK_GITHUB_WEBHOOK_SECRET_FILE on the App’s page once more';
  if (statusCode === 403) return 'name the host of the webhook in GREENRACK_HOST_NAMES';
  if (statusCode === 404) return `the path must end in ${WEBHOOK_PATH}: look at the proxy as well`;
  if (statusCode === 0 || statusCode >= 500)
    return 'GitHub must reach the webhook from outside: look at DNS, firewall, certificate and proxy';
  return 'Recent Deliveries on the App’s page has the whole answer';
}

export const ofInstallation = (name: string, installation: Installation): GithubFinding =>
  installation.suspended_at == null
    ? ofAccess(name, installation, `its owner accepts them at ${installation.html_url}`)
    : wrong(name, 'is suspended', `its owner ends that at ${installation.html_url}`);

export const nameOf = ({ account, id }: Installation): string =>
  `installation ${account?.login ?? account?.slug ?? id}`;

/** Why the App does not answer as it should, and what helps. */
export function ofRefusal(subject: string, error: unknown, used: GithubSettings): GithubFinding {
  const found = error instanceof Error ? error.message : String(error);
  if (error instanceof GithubLimited) return unknown(subject, found, 'look again then');
  const status = failureOf(error)?.status;
  if (status === 401)
    return wrong(
      subject,
      found,
      `look on the page of App ${used.appId} for the key ${fingerprint(used.privateKeyPem)}, and make a new one where it is not`,
    );
  if (status === 404)
    return wrong(
      subject,
      found,
      'GREENRACK_GITHUB_APP_ID, or GREENRACK_GITHUB_API_URL, is another’s: an Enterprise server has https://HOST/api/v3',
    );
  const reach = `the controller’s machine must reach ${used.apiUrl}: look at DNS, firewall and proxy`;
  return status === undefined || status < 500
    ? unknown(subject, found)
    : wrong(subject, found, reach);
}

export function wrong(subject: string, found: string, fix: string): GithubFinding {
  return { subject, state: 'wrong', found, fix };
}

export function unknown(subject: string, found: string, fix?: string): GithubFinding {
  return { subject, state: 'unknown', found, ...(fix !== undefined && { fix }) };
}
