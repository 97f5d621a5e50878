import { fileURLToPath } from 'node:url';
import { FarmError } from '@greenrack/farm-protocol';
import type { ArtifactStore } from '../store/ports.js';
import { openFolderArtifacts } from './folder-artifacts.js';
import type { S3Location } from './s3-artifacts.js';

/** How long an object store may leave us without a byte. */
const PATIENCE_MS = 60_000;
const DEFAULT_REGION = 'us-east-1';

/**
 * Opens what the URL names: `s3://bucket/prefix?endpoint=…&region=…`, or `file:///folder`; without one, `dir`.
 * @throws FarmError `invalid_configuration`, `storage_full`
 */
export async function openArtifacts(url: string | undefined, dir: string): Promise<ArtifactStore> {
  if (url === undefined) return openFolderArtifacts(dir);
  if (url.startsWith('file:')) return openFolderArtifacts(fileURLToPath(url));
  // Its libraries are large: a farm with a folder does without.
  const { S3Artifacts } = await import('./s3-artifacts.js');
  return new S3Artifacts(s3Location(url), PATIENCE_MS);
}

/** Reads `s3://bucket/prefix?endpoint=…&region=…`. @throws FarmError `invalid_configuration` */
export function s3Location(text: string): S3Location {
  const url = new URL(text);
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  const endpoint = url.searchParams.get('endpoint');
  const unknown = [...url.searchParams.keys()].find((key) => !['endpoint', 'region'].includes(key));
  if (unknown !== undefined)
    throw wrong(`has no parameter '${unknown}'; endpoint and region are known`);
  if (url.username !== '' || url.password !== '')
    throw wrong('has keys in it: give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  if (endpoint !== null && !/^https?:\/\/[^/]/.test(endpoint))
    throw wrong('has an endpoint that is no http:// or https:// address');
  return {
    bucket: url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region: url.searchParams.get('region') ?? DEFAULT_REGION,
    ...(endpoint !== null && { endpoint }),
  };
}

const wrong = (what: string) =>
  new FarmError('invalid_configuration', `GREENRACK_ARTIFACTS_URL ${what}`);
