import { type SubmissionCreated, submissionCreatedSchema } from '@greenrack/farm-protocol';
import { type Ask, ask } from './request.js';
import type { TestFarm } from './test-farm.js';

export const M3 = 'FVP_MPS2_M3';
export const CM3DS = 'ARM_CM3DS_MPS2';

export interface FormPart {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly fileName?: string;
}

export const specPart = (spec: unknown): FormPart => ({
  name: 'spec',
  content: typeof spec === 'string' ? spec : JSON.stringify(spec),
});
export const imagePart = (fileName: string, content: Uint8Array | string): FormPart => ({
  name: 'image',
  fileName,
  content,
});

/** A multipart body by hand, since honest clients do not send paths or parts out of order. */
export function formBody(parts: readonly FormPart[], boundary = 'boundary-of-test'): Buffer {
  const pieces = parts.flatMap(({ name, content, fileName }) => [
    Buffer.from(partHead(name, fileName, boundary)),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

export function partHead(name: string, fileName?: string, boundary = 'boundary-of-test'): string {
  const file = fileName === undefined ? '' : `; filename="${fileName}"`;
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
}

export const FORM_TYPE = 'multipart/form-data; boundary=boundary-of-test';

export function postForm(
  farm: TestFarm,
  parts: readonly FormPart[],
  how: Ask = {},
): Promise<Response> {
  const headers = { 'content-type': FORM_TYPE, ...how.headers };
  return ask(farm, '/api/v1/submissions', {
    as: 'submitter',
    method: 'POST',
    body: formBody(parts),
    ...how,
    headers,
  });
}

export const specOf = (runs: object[], more: object = {}) => ({
  version: 1,
  name: 'a submission',
  runs,
  ...more,
});

/** Submits what must be accepted. */
export async function submitted(
  farm: TestFarm,
  parts: readonly FormPart[],
  how: Ask = {},
): Promise<SubmissionCreated> {
  const response = await postForm(farm, parts, how);
  const body: unknown = await response.json();
  if (response.status !== 201) throw new Error(JSON.stringify(body));
  return submissionCreatedSchema.parse(body);
}
