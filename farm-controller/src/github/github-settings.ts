import { createPrivateKey } from 'node:crypto';
import { FarmError, tenantSchema } from '@greenrack/farm-protocol';
import { readPrivateFile } from '../web/private-file.js';
import type { GithubAccess } from './github-client.js';

/** A secret of fewer bytes could be tried out. */
const MIN_SECRET_CHARS = 16;

/** What the environment says of the App. */
export interface GithubEnvironment {
  readonly appId: number;
  readonly keyFile: string;
  readonly webhookSecretFile: string;
  readonly apiUrl: string;
  readonly publicUrl: string;
  readonly waitMs: number;
  /** `owner/name=tenant` or `owner/*=tenant`. */
  readonly tenants: readonly string[];
}

/** The App, ready for use. */
export interface GithubSettings extends GithubAccess {
  readonly secrets: readonly string[];
  readonly publicUrl: string;
  readonly waitMs: number;
  /** Tenants that may speak for a repository, by `owner/name`: the first does where its policy names none. */
  readonly tenantsOf: (fullName: string) => readonly [string, ...string[]];
}

/** Reads the files that the environment names. @throws FarmError `invalid_configuration` */
export async function readGithubSettings(env: GithubEnvironment): Promise<GithubSettings> {
  const { appId, apiUrl, publicUrl, waitMs } = env;
  const privateKeyPem = await readPrivateFile('key of the GitHub App', env.keyFile);
  if (!isRsaKey(privateKeyPem))
    throw wrong(
      `${env.keyFile} is no private RSA key in PEM: download a new one from the App's page`,
    );
  const text = await readPrivateFile('webhook secret', env.webhookSecretFile);
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (secrets.length < 1 || secrets.length > 2 || secrets.some((s) => s.length < MIN_SECRET_CHARS))
    throw wrong(
      `${env.webhookSecretFile}: expected one secret of at least ${MIN_SECRET_CHARS} characters, or two on two lines while one is exchanged`,
    );
  return {
    appId,
    apiUrl,
    publicUrl,
    waitMs,
    privateKeyPem,
    secrets,
    tenantsOf: tenants(env.tenants),
  };
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** The most exact entry decides; without one it is the tenant `default`. */
function tenants(entries: readonly string[]): GithubSettings['tenantsOf'] {
  const named = new Map<string, [string, ...string[]]>();
  for (const [name, tenant] of entries.map(readTenant))
    named.set(name, [...(named.get(name) ?? []), tenant] as [string, ...string[]]);
  return (fullName) => {
    const name = fullName.toLowerCase();
    return named.get(name) ?? named.get(`${name.split('/')[0]}/*`) ?? ['default'];
  };
}

function readTenant(entry: string): [string, string] {
  const [, repository, tenant] = /^([\w.-]+\/(?:\*|[\w.-]+))=(.+)$/.exec(entry) ?? [];
  const checked = tenantSchema.safeParse(tenant);
  if (repository === undefined || !checked.success)
    throw wrong(
      `GREENRACK_GITHUB_TENANTS: expected owner/name=tenant or owner/*=tenant, got '${entry.slice(0, 80)}'`,
    );
  return [repository.toLowerCase(), checked.data];
}

function wrong(message: string): FarmError {
  return new FarmError('invalid_configuration', message);
}
