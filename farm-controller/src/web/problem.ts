import { ERROR_CODES, type ErrorCode, FarmError, type Problem } from '@greenrack/farm-protocol';
import type { Response } from 'express';

export const PROBLEM_MIME = 'application/problem+json';

/** Wrong fields that one answer names; the message counts them all. */
const MAX_FIELDS = 100;

/** Errors that Express and its body parser raise, by their `type`. */
const LIBRARY_ERRORS: Readonly<Record<string, ErrorCode>> = {
  'entity.parse.failed': 'invalid_request',
  'entity.too.large': 'payload_too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
  'request.aborted': 'invalid_request',
  'request.size.invalid': 'invalid_request',
};

/** Gives every error a code: what is not known is a defect of ours, and its text stays in our log. */
export function asFarmError(error: unknown): FarmError {
  if (error instanceof FarmError) return error;
  const { type, status, message } = libraryError(error);
  if (type === 'ERR_STREAM_PREMATURE_CLOSE')
    return new FarmError('invalid_request', 'The client hung up before the end.', { cause: error });
  const code = LIBRARY_ERRORS[type] ?? (status === 400 ? 'invalid_request' : undefined);
  if (!code)
    return new FarmError('internal', 'The farm met an unexpected error.', { cause: error });
  const fields = code === 'invalid_request' ? [{ path: '(whole)', message }] : [];
  return new FarmError(code, message, { fields, cause: error });
}

function libraryError(error: unknown): { type: string; status: number; message: string } {
  if (!(error instanceof Error)) return { type: '', status: 0, message: '' };
  const named = 'type' in error ? error.type : 'code' in error ? error.code : '';
  const type = typeof named === 'string' ? named : '';
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 0;
  return { type, status, message: error.message.slice(0, 300) };
}

/** The body of an error answer, RFC 9457. */
export function problemOf(error: FarmError, requestId: string): Problem {
  const { status, cause } = ERROR_CODES[error.code];
  return {
    type: `urn:greenrack:error:${error.code}`,
    title: cause,
    status,
    detail: error.message,
    code: error.code,
    ...(error.fields.length > 0 && { errors: error.fields.slice(0, MAX_FIELDS) }),
    requestId,
  };
}

/** Answers with the problem; an answer that has begun is cut off instead, so that it cannot pass for whole. */
export function sendProblem(res: Response, error: FarmError, requestId: string): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const problem = problemOf(error, requestId);
  const retryAfterS = error.context.retryAfterS;
  if (typeof retryAfterS === 'number') res.setHeader('Retry-After', Math.ceil(retryAfterS));
  if (error.code === 'unauthorized') res.setHeader('WWW-Authenticate', 'Bearer');
  for (const name of ['Content-Disposition', 'Content-Length', 'ETag']) res.removeHeader(name);
  res.status(problem.status).type(PROBLEM_MIME).send(JSON.stringify(problem));
}
