import { type Problem, problemSchema, type Role } from '@greenrack/farm-protocol';
import type { z } from 'zod';
import type { TestFarm } from './test-farm.js';

export interface Ask {
  readonly method?: string;
  readonly as?: Role;
  readonly secret?: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array | FormData;
  readonly headers?: Record<string, string>;
}

export async function ask(farm: TestFarm, path: string, how: Ask = {}): Promise<Response> {
  const secret = how.secret ?? (how.as && farm.secrets[how.as]);
  const body = how.json === undefined ? how.body : JSON.stringify(how.json);
  return fetch(farm.base + path, {
    method: how.method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body !== undefined && { body }),
    headers: {
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      ...(how.json !== undefined && { 'content-type': 'application/json' }),
      ...how.headers,
    },
  });
}

/** The body, which must match the schema that the API promises, without a field more. */
export async function askFor<T extends z.ZodType>(
  schema: T,
  farm: TestFarm,
  request: Ask & { path: string; status?: number },
): Promise<z.infer<T>> {
  const response = await ask(farm, request.path, request);
  const body: unknown = await response.json();
  if (response.status !== (request.status ?? 200))
    throw new Error(`${request.path} answered ${response.status}: ${JSON.stringify(body)}`);
  return schema.parse(body);
}

/** The problem of an answer that must be one. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  if (!type.startsWith('application/problem+json'))
    throw new Error(`not a problem: ${response.status} ${type} ${text.slice(0, 200)}`);
  const problem = problemSchema.parse(JSON.parse(text));
  if (problem.status !== response.status) throw new Error('status differs between head and body');
  return problem;
}

export async function problemAt(farm: TestFarm, path: string, how: Ask = {}): Promise<Problem> {
  return problemOf(await ask(farm, path, how));
}
