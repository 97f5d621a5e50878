import {
  FarmError,
  type OidcTrustRequest,
  oidcTrustRequestSchema,
  parseJsonOnce,
  parseOrThrow,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { readPrivateFile } from '../web/private-file.js';

/** Who signs tokens of workflows, and where their repositories are. */
export interface Issuer {
  /** As tokens name it, letter by letter. */
  readonly url: string;
  /** Host of its repositories: `github.com`. */
  readonly host: string;
}

/** What the environment says of sessions of workflows. */
export interface OidcEnvironment {
  /** `url` or `url=host of its repositories`. */
  readonly issuers: readonly string[];
  /** Whom tokens must be meant for; undefined: nobody takes any. */
  readonly audience?: string;
  readonly sessionMs: number;
  readonly trustsFile?: string;
}

export interface OidcSettings extends Pick<OidcEnvironment, 'audience' | 'sessionMs'> {
  readonly issuers: readonly Issuer[];
  /** Of the file, to create or replace at start. */
  readonly trusts: readonly OidcTrustRequest[];
}

/** @throws FarmError `invalid_configuration` */
export async function readOidcSettings(env: OidcEnvironment): Promise<OidcSettings> {
  const { audience, sessionMs, trustsFile } = env;
  return {
    issuers: env.issuers.map(readIssuer),
    trusts: trustsFile === undefined ? [] : await readTrusts(trustsFile),
    sessionMs,
    ...(audience !== undefined && { audience }),
  };
}

/** Of an issuer of which nothing else is said, its own host less what it is called there. */
function readIssuer(entry: string): Issuer {
  const [url = '', said] = entry.split('=');
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLocal = parsed?.protocol === 'http:' && /^(127\.|localhost$)/.test(parsed.hostname);
  if (!parsed || (parsed.protocol !== 'https:' && !isLocal) || parsed.search || parsed.hash)
    throw wrong(`GREENRACK_OIDC_ISSUERS: expected https://… or https://…=host, got '${entry}'`);
  const ownHost = parsed.host.replace(/^token\.actions\.githubusercontent\.com$/, 'github.com');
  return { url, host: (said ?? ownHost.replace(/^token\.actions\./, '')).toLowerCase() };
}

async function readTrusts(file: string): Promise<OidcTrustRequest[]> {
  const text = await readPrivateFile('trusts file', file);
  const schema = z.array(oidcTrustRequestSchema).max(1_000);
  let json: unknown;
  try {
    json = parseJsonOnce(text);
  } catch (cause) {
    throw wrong(`trusts file ${file}: is not JSON, or a name stands twice in it`, cause);
  }
  return parseOrThrow(schema, json, 'invalid_configuration', file);
}

function wrong(message: string, cause?: unknown): FarmError {
  return new FarmError('invalid_configuration', message, { cause });
}
