import type { IncomingMessage } from 'node:http';
import {
  type BoundOrigin,
  FarmError,
  MAX_SPEC_BYTES,
  type SubmissionSpec,
  submissionCreatedSchema,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { StoredImage } from '../store/ports.js';
import { onceOf } from '../web/once.js';
import { readBody, tooLarge } from '../web/read-body.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { bindOrigin } from './bind-origin.js';
import { checkSpec } from './check-spec.js';
import { type Part, readParts } from './multipart.js';
import { parseSpec } from './parse-spec.js';
import type { Reader } from './read-yaml.js';
import { refusal, refuseFound, throwRefusals } from './refusal.js';
import { acceptSubmission, mustHaveRoom, type SubmitDeps } from './submit-service.js';
import { ImageUploads } from './take-upload.js';

/** Most that one submission may send, images and all, in bytes. */
export const MAX_SUBMISSION_BYTES = 1024 * 1024 * 1024;

const formSchema = z.object({
  spec: z.string().describe('The submission spec in JSON or YAML; it must be the first part.'),
  image: z.array(z.string()).optional().describe('Images; the file name is the name in the spec.'),
});

/** `POST /submissions`. */
export function submitRoute(deps: SubmitDeps): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/submissions`,
    role: 'submitter',
    sessions: true,
    unaudited: true,
    summary: 'Submit images and a spec',
    consumes: {
      'multipart/form-data': formSchema,
      'application/json': submissionSpecSchema,
      'application/yaml': submissionSpecSchema,
    },
    status: 201,
    response: submissionCreatedSchema,
    handler: async (ctx) => {
      const { req, res, principal, signal, idempotencyKey: key } = ctx;
      const { tenant } = principal;
      const isKnown = key !== undefined && (await deps.store.submissions.hasKey(tenant, key));
      await mustHaveRoom(deps);
      if (!isKnown) await deps.store.tenants.mayStore(tenant, { bytes: 0, path: '(whole)' });
      const received = await receive(req, {
        ...deps,
        isKnown,
        bound: principal.bound,
        reader: { tenant, signal },
      });
      const once = onceOf(ctx, whatIsAsked(received));
      const created = await acceptSubmission({ ...received, submitter: principal, once }, deps);
      res.location(`${API_BASE}/submissions/${created.submission.id}`);
      return created;
    },
  });
}

/** What the receiving of one submission needs. */
interface ReceiveDeps extends SubmitDeps {
  readonly reader: Reader;
  /** It has come before: what was accepted then is not judged by the boards of today. */
  readonly isKnown: boolean;
  /** The only commit that the session of a workflow may speak for. */
  readonly bound?: BoundOrigin | undefined;
}

interface Received {
  readonly spec: SubmissionSpec;
  readonly uploads: ReadonlyMap<string, StoredImage>;
}

function whatIsAsked({ spec, uploads }: Received): unknown {
  return [spec, [...uploads].map(([name, { sha256 }]) => [name, sha256]).sort()];
}

async function receive(req: IncomingMessage, deps: ReceiveDeps): Promise<Received> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new FarmError('unsupported_media_type', 'Content-Encoding: send the body uncompressed');
  if (Number(req.headers['content-length'] ?? 0) > MAX_SUBMISSION_BYTES)
    throw tooLarge('(whole)', MAX_SUBMISSION_BYTES);
  const mime = req.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mime === 'multipart/form-data') return receiveForm(req, deps);
  if (mime === 'application/json' || mime === 'application/yaml') {
    const bytes = await readBody(req, MAX_SPEC_BYTES, 'spec');
    return { spec: await checkedSpec(bytes, mime, deps), uploads: new Map() };
  }
  throw new FarmError(
    'unsupported_media_type',
    `Content-Type '${mime.slice(0, 80)}': send multipart/form-data, or a spec alone as application/json or application/yaml`,
  );
}

async function receiveForm(req: IncomingMessage, deps: ReceiveDeps): Promise<Received> {
  let uploads: ImageUploads | undefined;
  let spec: SubmissionSpec | undefined;
  await readParts(req, MAX_SUBMISSION_BYTES, async (part) => {
    if (uploads) return takeImagePart(part, uploads);
    spec = await takeSpecPart(part, deps);
    uploads = new ImageUploads(spec, { ...deps, images: deps.store.images });
  });
  if (spec && uploads) return { spec, uploads: uploads.received };
  throw specMissing();
}

async function takeSpecPart(part: Part, deps: ReceiveDeps): Promise<SubmissionSpec> {
  if (part.name !== 'spec') throw specMissing();
  const hint = `${part.mime} ${part.fileName ?? ''}`;
  return checkedSpec(await readBody(part.body, MAX_SPEC_BYTES, 'spec'), hint, deps);
}

async function takeImagePart(part: Part, uploads: ImageUploads): Promise<void> {
  if (part.name === 'image') return uploads.take(part);
  const name = part.name.slice(0, 100);
  throwRefusals([
    refusal('invalid_request', name, "unknown part: send 'spec', then 'image' files"),
  ]);
}

/** Refused here, a submission costs no upload. */
async function checkedSpec(
  bytes: Uint8Array,
  hint: string,
  deps: ReceiveDeps,
): Promise<SubmissionSpec> {
  const spec = bindOrigin(await parseSpec(bytes, hint, deps.reader), deps.bound);
  if (!deps.isKnown) await refuseFound(checkSpec(spec, deps.inventory));
  return spec;
}

function specMissing(): FarmError {
  const message = "the first part must be 'spec', the submission spec in JSON or YAML";
  return new FarmError('invalid_request', `spec: ${message}`, {
    fields: [{ path: 'spec', message }],
  });
}
