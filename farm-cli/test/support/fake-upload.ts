import type { SubmissionSpec } from '@greenrack/farm-protocol';
import type { FakeFarm } from './fake-farm.js';

/** The spec and the names of the files of the one upload that a farm got. */
export function uploadOf(fake: FakeFarm): { spec: SubmissionSpec; files: string[]; body: string } {
  const request = fake.requests.find((r) => r.method === 'POST' && r.url === '/api/v1/submissions');
  const body = request?.body ?? '';
  const files = [...body.matchAll(/name="image"; filename="([^"]+)"/g)].map(
    (match) => match[1] ?? '',
  );
  const json = /name="spec"\r\nContent-Type: application\/json\r\n\r\n(.*)\r\n/.exec(body)?.[1];
  return { spec: JSON.parse(json ?? 'null') as SubmissionSpec, files, body };
}
