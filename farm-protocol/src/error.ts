import { z } from 'zod';
import { oversizedPart, TOO_MANY_ITEMS } from './bulk.js';
import { pathText } from './issue-text.js';

/** What the caller can do about an error: the group decides who acts next. */
export type ErrorGroup = 'submitter' | 'access' | 'retry' | 'board' | 'farm';

/** Every error code: HTTP status, group, cause and cure. The documentation is made from this table. */
export const ERROR_CODES = {
  invalid_request: {
    status: 400,
    group: 'submitter',
    cause: 'A field of the request is missing or wrong.',
    cure: 'Correct the fields named in `errors`.',
  },
  invalid_spec: {
    status: 422,
    group: 'submitter',
    cause: 'The submission spec does not match its schema.',
    cure: 'Correct the fields named in `errors`.',
  },
  unknown_target: {
    status: 422,
    group: 'submitter',
    cause: 'No board of the inventory has this target.',
    cure: 'Use a target that `greenrack boards` lists, or add a board.',
  },
  no_board_possible: {
    status: 422,
    group: 'submitter',
    cause: 'No known board meets the requirement.',
    cure: 'Drop a fixture, tag or board pin, or add a board.',
  },
  image_missing: {
    status: 422,
    group: 'submitter',
    cause: 'The spec names an image that was neither uploaded nor stored before.',
    cure: 'Upload the file in the same request.',
  },
  image_unused: {
    status: 422,
    group: 'submitter',
    cause: 'A file was uploaded that the spec does not name.',
    cure: 'Name it in the spec or leave it out.',
  },
  image_mismatch: {
    status: 422,
    group: 'submitter',
    cause: 'The bytes do not have the SHA-256 or size that was announced.',
    cure: 'Upload the right file.',
  },
  image_broken: {
    status: 422,
    group: 'submitter',
    cause: 'The image is damaged or cut short.',
    cure: 'Build it again.',
  },
  image_unsupported: {
    status: 422,
    group: 'submitter',
    cause: 'The format or machine is not one that a board can run.',
    cure: 'Submit ELF, Intel HEX, BIN or UF2 for Arm.',
  },
  image_wrong_target: {
    status: 422,
    group: 'submitter',
    cause: 'The image was built for another target, or does not fit the memory of this one.',
    cure: 'Submit the image built for the target.',
  },
  payload_too_large: {
    status: 413,
    group: 'submitter',
    cause: 'A part or the whole request is over its limit.',
    cure: 'Send less; the limit is in the message.',
  },
  unsupported_media_type: {
    status: 415,
    group: 'submitter',
    cause: 'The body is not of a type that this route takes.',
    cure: 'See the OpenAPI document.',
  },
  unauthorized: {
    status: 401,
    group: 'access',
    cause: 'No valid token came with the request.',
    cure: 'Send `Authorization: Bearer <token>`; make one with `greenrack token create`.',
  },
  forbidden: {
    status: 403,
    group: 'access',
    cause: 'The token has not the role that this needs.',
    cure: 'Use a token with that role.',
  },
  identity_refused: {
    status: 401,
    group: 'access',
    cause: 'The OIDC token is wrong, expired, meant for somebody else, or was used before.',
    cure: 'See the claim that `errors` names; ask the CI service for a new token.',
  },
  identity_untrusted: {
    status: 403,
    group: 'access',
    cause:
      'The OIDC token is good, but no trust of the farm covers its repository, event or workflow.',
    cure: 'Have an admin add a trust: `greenrack trust add`; see docs/github-actions.md.',
  },
  not_found: {
    status: 404,
    group: 'submitter',
    cause: 'There is no such thing.',
    cure: 'Check the id.',
  },
  gone: {
    status: 410,
    group: 'submitter',
    cause: 'It was removed, as the farm’s policy says.',
    cure: 'Pin what is to stay (`greenrack submissions <id> --pin`); have it run again.',
  },
  conflict: {
    status: 409,
    group: 'submitter',
    cause: 'The thing is in a state that does not allow this.',
    cure: 'Read its state first.',
  },
  quota_exceeded: {
    status: 403,
    group: 'submitter',
    cause: 'The tenant has as much in the farm as it may have.',
    cure: 'Wait until runs have ended or old logs and images have gone, cancel runs, or have an admin raise the quota (`greenrack storage --tenant`).',
  },
  too_many_requests: {
    status: 429,
    group: 'retry',
    cause: 'Too many requests.',
    cure: 'Wait as long as `Retry-After` says.',
  },
  unavailable: {
    status: 503,
    group: 'retry',
    cause: 'A part of the farm is starting, stopping or gone.',
    cure: 'Try again in a few seconds.',
  },
  storage_full: {
    status: 507,
    group: 'farm',
    cause: 'The disk or database of the farm is full.',
    cure: 'Make room on the controller; nothing was changed.',
  },
  invalid_configuration: {
    status: 500,
    group: 'farm',
    cause: 'A setting or an inventory file of the farm is wrong.',
    cure: 'Correct the file or variable that the message names, then start again.',
  },
  protocol_mismatch: {
    status: 426,
    group: 'farm',
    cause: 'Agent and controller speak different versions of the link.',
    cure: 'Update the older one.',
  },
  stale_fence: {
    status: 409,
    group: 'retry',
    cause: 'The lease is over and the board belongs to someone else.',
    cure: 'Drop the attempt.',
  },
  console_incomplete: {
    status: 409,
    group: 'retry',
    cause: 'The attempt ended before all its console log was stored.',
    cure: 'Send the console log first.',
  },
  board_fault: {
    status: 502,
    group: 'board',
    cause: 'A board or its driver did not do what it was asked.',
    cure: 'See the message; the run is retried on a good board.',
  },
  internal: {
    status: 500,
    group: 'farm',
    cause: 'A defect of the farm.',
    cure: 'Report it with the request id.',
  },
} as const satisfies Record<
  string,
  { status: number; group: ErrorGroup; cause: string; cure: string }
>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One wrong field: `path` like `runs[2].image`. */
export const fieldErrorSchema = z.object({ path: z.string(), message: z.string() });
export type FieldError = z.infer<typeof fieldErrorSchema>;

/** Body of every HTTP error: `application/problem+json`, RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  errors: z.array(fieldErrorSchema).optional(),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** The one error class that crosses rooms. `context` is for logs; never put a secret in it. */
export class FarmError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      fields?: readonly FieldError[];
      context?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'FarmError';
    this.code = code;
    this.fields = more.fields ?? [];
    this.context = more.context ?? {};
  }
}

const inGroup =
  (group: ErrorGroup) =>
  (error: unknown): error is FarmError =>
    error instanceof FarmError && ERROR_CODES[error.code].group === group;

/** The same call may succeed later without a change. */
export const isRetryable = inGroup('retry');
/** The board or its instruments are to blame: the run moves on, the board becomes suspect. */
export const isBoardFault = inGroup('board');
/** Who sent the request must change it. */
export const isSubmitterFault = inGroup('submitter');

/** Problems of one input that are told; whoever mends these is told the others. */
const MAX_FIELDS = 100;
/** Problems that a message names itself. */
const MAX_NAMED = 4;

/** Turns a zod error into field errors whose paths read like code: `suites[2].images[0].sha256`. */
export function fieldErrors(error: z.ZodError, lineOf?: DataSource['lineOf']): FieldError[] {
  return [...error.issues]
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MAX_FIELDS)
    .map((issue) => ({
      path: pathText(issue.path),
      message: issue.message + lineText(lineOf?.(pathOf(issue))),
    }));
}

/** A misspelt field explains those that are missing. */
const rank = ({ code }: z.core.$ZodIssue): number => (code === 'unrecognized_keys' ? 0 : 1);

const pathOf = (issue: z.core.$ZodIssue): readonly PropertyKey[] =>
  issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;

const lineText = (line: number | undefined): string =>
  line === undefined ? '' : ` (line ${line})`;

/** Where an input came from, for messages. */
export interface DataSource {
  /** Such as the path of its file. */
  readonly name: string;
  /** Line of what stands at a path, counted from 1; that of its nearest parent when it is missing. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

/** Parses `input`, or throws a {@link FarmError} of `code` that names every wrong field. */
export function parseOrThrow<T extends z.ZodType>(
  schema: T,
  input: unknown,
  code: ErrorCode,
  source: string | DataSource,
): z.infer<T> {
  const { name, lineOf } =
    typeof source === 'string' ? { name: source, lineOf: undefined } : source;
  const oversized = oversizedPart(input);
  if (oversized !== undefined)
    throw new FarmError(code, `${name}: ${oversized}: ${TOO_MANY_ITEMS}`, {
      fields: [{ path: oversized, message: TOO_MANY_ITEMS }],
    });
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const fields = fieldErrors(result.error, lineOf);
  throw new FarmError(code, `${name}: ${fieldsText(fields, result.error.issues.length)}`, {
    fields,
    cause: result.error,
  });
}

function fieldsText(fields: readonly FieldError[], total: number): string {
  const named = fields.slice(0, MAX_NAMED).map(({ path, message }) => `${path}: ${message}`);
  const more = total > MAX_NAMED ? ` (and ${total - MAX_NAMED} more)` : '';
  return named.join('; ') + more;
}
