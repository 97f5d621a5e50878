import { isAbsolute, resolve } from 'node:path';
import { defaultInventoryDir } from '@greenrack/board-inventory';
import { FarmError, fieldErrors, misspeltSettings } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { GithubEnvironment } from './github/github-settings.js';
import type { NotifyEnvironment } from './notify/notify-settings.js';
import type { OidcEnvironment } from './oidc/oidc-settings.js';
import { isNetwork } from './web/client-addresses.js';

/** Levels of the log, quietest last. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const int = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
const path = z
  .string()
  .min(1)
  .transform((text) => (isAbsolute(text) ? text : resolve(text)));
const names = z
  .string()
  .max(2000)
  .default('')
  .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
  .transform((all) => all.filter((name) => name !== ''));
const urlOf = (pattern: RegExp, expected: string) =>
  z.string().max(2000).regex(pattern, `expected ${expected}`);

/**
 * Every setting of the controller, as environment variables. The descriptions are its documentation: docs and
 * `--help` are made from this table.
 */
export const configSchema = z.object({
  GREENRACK_HTTP_HOST: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .describe('Address to listen on. Default 127.0.0.1: this machine only.'),
  GREENRACK_HTTP_PORT: int(0, 65_535)
    .default(8080)
    .describe('Port to listen on; 0 takes any free one. Default 8080.'),
  GREENRACK_STATE_DIR: path
    .default(resolve('greenrack-state'))
    .describe('Database, images and logs. Default greenrack-state in the working directory.'),
  GREENRACK_INVENTORY_DIR: path
    .default(defaultInventoryDir())
    .describe('Folder with models/ and racks/. Default: the four virtual boards that come along.'),
  GREENRACK_DASHBOARD_DIR: path
    .optional()
    .describe(
      'Built dashboard to serve. Default: that of the clone that `greenrack controller` runs from.',
    ),
  DATABASE_URL: urlOf(/^(postgres(ql)?:\/\/|sqlite:)/, 'postgres://… or sqlite:/path')
    .optional()
    .describe('postgres://… or sqlite:/path. Default: an SQLite file in the state directory.'),
  REDIS_URL: urlOf(/^(rediss?:\/\/|unix:\/\/\/|\/)/, 'redis://…, rediss://… or unix:///path')
    .optional()
    .describe('redis://…, rediss://… or unix:///path. Default: a private redis-server is started.'),
  GREENRACK_ARTIFACTS_URL: urlOf(/^(s3:\/\/[^/?]+|file:\/\/\/)/, 's3://bucket/… or file:///folder')
    .optional()
    .describe(
      'Where images and finished logs are kept: s3://bucket/prefix?endpoint=https://…&region=… (keys as for AWS’s own tools, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or file:///folder. Default: the state directory.',
    ),
  GREENRACK_ANONYMOUS_ROLE: z
    .enum(['none', 'viewer'])
    .default('none')
    .describe('What people without a token may do: none (default) or viewer.'),
  GREENRACK_HOST_NAMES: names.describe(
    'Names under which people reach this controller without a token (pages, anonymous viewing, health), with commas between, besides localhost and the name of its machine. Its addresses need not be named. Default: none.',
  ),
  GREENRACK_TRUSTED_PROXIES: names
    .refine((all) => all.every(isNetwork), 'expected addresses or networks such as 10.0.0.0/8')
    .describe(
      'Addresses or networks of reverse proxies that say in X-Forwarded-For whom they speak for, with commas between. Default: none.',
    ),
  GREENRACK_MAX_CONNECTIONS: int(32, 100_000)
    .optional()
    .describe(
      'Connections that are open at a time, 32 to 100000. Default: what the process may have open less a quarter, at least 100, for itself; 4000 at most.',
    ),
  GREENRACK_BOOTSTRAP_TOKENS_FILE: path
    .optional()
    .describe('JSON file of tokens to create or replace at start. Default: none.'),
  GREENRACK_LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default('info')
    .describe(`One of ${LOG_LEVELS.join(', ')}. Default info.`),
  GREENRACK_PUBLIC_URL: urlOf(/^https?:\/\/[^\s]+[^/]$/, 'https://… without a slash at its end')
    .optional()
    .describe(
      'Where people reach the pages, for links on GitHub and in messages. Default: no links.',
    ),
  GREENRACK_GITHUB_APP_ID: int(1, 999_999_999_999)
    .optional()
    .describe('Id of the GitHub App. Default: nothing is told to GitHub. See docs/github.md.'),
  GREENRACK_GITHUB_KEY_FILE: path
    .optional()
    .describe('The App’s private key in PEM, readable by its owner only.'),
  GREENRACK_GITHUB_WEBHOOK_SECRET_FILE: path
    .optional()
    .describe(
      'File with the secret of the App’s webhook, readable by its owner only; with the old and the new one on two lines while one is exchanged.',
    ),
  GREENRACK_GITHUB_API_URL: urlOf(/^https?:\/\/[^\s]+[^/]$/, 'https://… without a slash at its end')
    .default('https://api.github.com')
    .describe(
      'API of GitHub; of an Enterprise server https://HOST/api/v3. Default https://api.github.com.',
    ),
  GREENRACK_GITHUB_WAIT_MS: int(1_000, 604_800_000)
    .default(7_200_000)
    .describe('How long a check waits for images before it fails, in ms. Default 7200000.'),
  GREENRACK_GITHUB_TENANTS: z
    .string()
    .max(10_000)
    .default('')
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .transform((all) => all.filter((entry) => entry !== ''))
    .describe(
      'Whose submissions count for which repositories, as owner/name=tenant or owner/*=tenant with commas between. Default: those of the tenant `default`.',
    ),
  GREENRACK_NOTIFY_KEY_FILE: path
    .optional()
    .describe(
      'File with 32 characters or more that nobody knows, readable by its owner only: seals where notices go and makes the secrets of webhooks. The same for all controllers of a farm. Default: nobody is told anything. See docs/running-a-farm.md.',
    ),
  GREENRACK_NOTIFY_NETWORKS: names
    .refine((all) => all.every(isNetwork), 'expected addresses or networks such as 10.0.0.0/8')
    .describe(
      'Private addresses or networks that notices may be sent to, with commas between. Default: none.',
    ),
  GREENRACK_SMTP_URL: urlOf(
    /^smtps?:\/\/([^\s/@:]+@)?[^\s/@]+$/,
    'smtp://user@host:587 or smtps://user@host',
  )
    .optional()
    .describe(
      'Mail server, such as smtp://user@mail.example:587; with a user only over TLS. Default: no mail is sent.',
    ),
  GREENRACK_SMTP_PASSWORD_FILE: path
    .optional()
    .describe('Password of that user, in a file that is readable by its owner only.'),
  GREENRACK_MAIL_FROM: z
    .string()
    .regex(/^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,189}$/, 'expected an address: name@host')
    .optional()
    .describe('Address that mail comes from; needed with GREENRACK_SMTP_URL. Default: none.'),
  GREENRACK_OIDC_AUDIENCE: z
    .string()
    .regex(/^[\x21-\x7e]{1,300}$/, 'expected a name or URL without blanks')
    .optional()
    .describe(
      'Whom OIDC tokens of workflows must be meant for. Default: GREENRACK_PUBLIC_URL; without that no such tokens are taken.',
    ),
  GREENRACK_OIDC_ISSUERS: z
    .string()
    .max(2000)
    .default('https://token.actions.githubusercontent.com')
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .transform((all) => all.filter((entry) => entry !== ''))
    .refine((all) => all.length >= 1 && all.length <= 10, 'expected one to ten issuers')
    .describe(
      'Who signs OIDC tokens of workflows, with commas between; of an Enterprise server https://HOST/_services/token. With =host the host of its repositories, where it is another. Default https://token.actions.githubusercontent.com.',
    ),
  GREENRACK_OIDC_SESSION_MS: int(60_000, 21_600_000)
    .default(3_600_000)
    .describe(
      'How long a session of a workflow is good, in ms, 60000 to 21600000. Default 3600000.',
    ),
  GREENRACK_OIDC_TRUSTS_FILE: path
    .optional()
    .describe(
      'JSON file of trusts to create or replace at start: which workflows get sessions. Default: none.',
    ),
  GREENRACK_LEASE_TTL_MS: int(1_000, 3_600_000)
    .default(30_000)
    .describe(
      'How long a silent agent keeps its boards, and a silent controller its agents, in ms, 1000 to 3600000. Default 30000.',
    ),
  GREENRACK_SUSPECT_AFTER: int(0, 1_000)
    .default(3)
    .describe(
      'Attempts in a row that must fail for the board’s sake before it is suspect and examined; 0 for never. Default 3.',
    ),
  GREENRACK_RETENTION_FILE: path
    .optional()
    .describe(
      'YAML file that says what is kept and for how long; read again when it changes. Default: none, docs/running-a-farm.md has what holds then.',
    ),
  GREENRACK_STOP_TIMEOUT_MS: int(100, 600_000)
    .default(10_000)
    .describe('How long a graceful stop may take, in ms. Default 10000.'),
});

/** Settings of one controller, checked. */
export interface FarmConfig {
  readonly httpHost: string;
  readonly httpPort: number;
  readonly stateDir: string;
  readonly inventoryDir: string;
  readonly dashboardDir?: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly artifactsUrl?: string;
  readonly anonymousRole: 'none' | 'viewer';
  /** Without ports, in lower case. */
  readonly hostNames: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly maxConnections?: number;
  readonly bootstrapTokensFile?: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly leaseTtlMs: number;
  /** Faults in a row after which a board is suspect; 0 for never. */
  readonly suspectAfter: number;
  readonly stopTimeoutMs: number;
  /** Absent: GitHub is told nothing. */
  readonly github?: GithubEnvironment;
  readonly oidc: OidcEnvironment;
  readonly notify: NotifyEnvironment;
  /** What is kept, and for how long. */
  readonly retentionFile?: string;
}

/**
 * Reads the settings. An empty variable counts as not set.
 * @throws FarmError `invalid_configuration` that names every wrong variable; values are not shown, they may be secret
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): FarmConfig {
  const wrong = [...misspeltSettings(env, Object.keys(configSchema.shape)), ...movedSettings(env)];
  if (wrong.length > 0) throw new FarmError('invalid_configuration', wrong.join('; '));
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = configSchema.safeParse(set);
  if (result.success) return toConfig(result.data);
  const fields = fieldErrors(result.error);
  const text = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  throw new FarmError('invalid_configuration', text, { fields });
}

/** Were they passed over, a farm that keeps its logs for longer would remove them by the defaults. */
function movedSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  const set = Object.keys(env).filter((name) => /^GREENRACK.KEEP_/.test(name) && env[name] !== '');
  return set.map(
    (name) => `${name}: what is kept is said in the file that GREENRACK_RETENTION_FILE names now`,
  );
}

function toConfig(env: z.infer<typeof configSchema>): FarmConfig {
  return {
    httpHost: env.GREENRACK_HTTP_HOST,
    httpPort: env.GREENRACK_HTTP_PORT,
    stateDir: env.GREENRACK_STATE_DIR,
    inventoryDir: env.GREENRACK_INVENTORY_DIR,
    anonymousRole: env.GREENRACK_ANONYMOUS_ROLE,
    hostNames: env.GREENRACK_HOST_NAMES,
    trustedProxies: env.GREENRACK_TRUSTED_PROXIES,
    logLevel: env.GREENRACK_LOG_LEVEL,
    leaseTtlMs: env.GREENRACK_LEASE_TTL_MS,
    suspectAfter: env.GREENRACK_SUSPECT_AFTER,
    stopTimeoutMs: env.GREENRACK_STOP_TIMEOUT_MS,
    ...(env.GREENRACK_MAX_CONNECTIONS !== undefined && {
      maxConnections: env.GREENRACK_MAX_CONNECTIONS,
    }),
    ...optional('dashboardDir', env.GREENRACK_DASHBOARD_DIR),
    ...optional('databaseUrl', env.DATABASE_URL),
    ...optional('redisUrl', env.REDIS_URL),
    ...optional('retentionFile', env.GREENRACK_RETENTION_FILE),
    ...optional('artifactsUrl', env.GREENRACK_ARTIFACTS_URL),
    ...optional('bootstrapTokensFile', env.GREENRACK_BOOTSTRAP_TOKENS_FILE),
    oidc: {
      issuers: env.GREENRACK_OIDC_ISSUERS,
      sessionMs: env.GREENRACK_OIDC_SESSION_MS,
      ...optional('audience', env.GREENRACK_OIDC_AUDIENCE ?? env.GREENRACK_PUBLIC_URL),
      ...optional('trustsFile', env.GREENRACK_OIDC_TRUSTS_FILE),
    },
    notify: {
      networks: env.GREENRACK_NOTIFY_NETWORKS,
      ...optional('keyFile', env.GREENRACK_NOTIFY_KEY_FILE),
      ...optional('smtpUrl', env.GREENRACK_SMTP_URL),
      ...optional('smtpPasswordFile', env.GREENRACK_SMTP_PASSWORD_FILE),
      ...optional('mailFrom', env.GREENRACK_MAIL_FROM),
      ...optional('publicUrl', env.GREENRACK_PUBLIC_URL),
    },
    ...githubOf(env),
  };
}

/** All of the App or nothing: with half of it the farm would be silent, and nobody would know why. */
function githubOf(env: z.infer<typeof configSchema>): Pick<FarmConfig, 'github'> {
  const parts = {
    GREENRACK_GITHUB_APP_ID: env.GREENRACK_GITHUB_APP_ID,
    GREENRACK_GITHUB_KEY_FILE: env.GREENRACK_GITHUB_KEY_FILE,
    GREENRACK_GITHUB_WEBHOOK_SECRET_FILE: env.GREENRACK_GITHUB_WEBHOOK_SECRET_FILE,
  };
  const {
    GREENRACK_GITHUB_APP_ID: appId,
    GREENRACK_GITHUB_KEY_FILE: keyFile,
    GREENRACK_GITHUB_WEBHOOK_SECRET_FILE: webhookSecretFile,
  } = parts;
  if (appId !== undefined && keyFile !== undefined && webhookSecretFile !== undefined)
    return {
      github: {
        ...{ appId, keyFile, webhookSecretFile },
        apiUrl: env.GREENRACK_GITHUB_API_URL,
        publicUrl: env.GREENRACK_PUBLIC_URL ?? '',
        waitMs: env.GREENRACK_GITHUB_WAIT_MS,
        tenants: env.GREENRACK_GITHUB_TENANTS,
      },
    };
  const missing = Object.entries(parts).filter(([, value]) => value === undefined);
  if (missing.length === 3) return {};
  const names = missing.map(([name]) => name).join(', ');
  throw new FarmError('invalid_configuration', `the GitHub App needs ${names} as well`);
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}
