import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, problemAt, problemOf } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

const query = '/api/v1/images/query';

describe('errors of the API', () => {
  it('are problems for paths that do not exist, with the id of the request', async () => {
    const response = await ask(farm, '/api/v1/nothing');
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 404, code: 'not_found' });
    expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  });

  it('name the field of a wrong body', async () => {
    const problem = await problemAt(farm, query, { as: 'submitter', json: { sha256: ['xyz'] } });
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.errors).toEqual([
      { path: 'sha256[0]', message: 'expected 64 lower-case hex digits, got "xyz" (3 characters)' },
    ]);
  });

  it('name an unknown field', async () => {
    const json = { sha256: ['a'.repeat(64)], extra: 1 };
    const problem = await problemAt(farm, query, { as: 'submitter', json });
    expect(problem.errors?.[0]?.message).toBe("unknown field 'extra'");
  });

  it.each([
    ['/api/v1/runs?limit=501', 'limit'],
    ['/api/v1/runs?limit=0', 'limit'],
    ['/api/v1/runs?limit=x', 'limit'],
    ['/api/v1/runs?state=lost', 'state'],
    ['/api/v1/runs?state=queued&state=running', 'state'],
    ['/api/v1/runs?nonsense=1', '(whole)'],
    ['/api/v1/runs?submission=../../etc/passwd', 'submission'],
    ['/api/v1/runs/run_1', 'id'],
    ['/api/v1/boards/..%2f..%2fetc', 'serial'],
  ])('name the field of %s', async (path, field) => {
    const problem = await problemAt(farm, path, { as: 'viewer' });
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.errors?.map((error) => error.path)).toContain(field);
  });

  it('refuse a cursor that no list gave', async () => {
    const submission = 'sub_00000000000000000000000';
    const path = `/api/v1/runs?submission=${submission}&cursor=%27%3B--`;
    const problem = await problemAt(farm, path, { as: 'viewer' });
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('tell malformed JSON from a wrong field', async () => {
    const headers = { 'content-type': 'application/json' };
    const problem = await problemAt(farm, query, { as: 'submitter', body: '{"sha256":', headers });
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.errors?.[0]?.path).toBe('(whole)');
  });

  it('refuse JSON over 1 MB', async () => {
    const json = { sha256: ['a'.repeat(1024 * 1024)] };
    const problem = await problemAt(farm, query, { as: 'submitter', json });
    expect(problem).toMatchObject({ status: 413, code: 'payload_too_large' });
  });

  it('refuse a body of another type, and one that is compressed', async () => {
    const text = { 'content-type': 'text/plain' };
    const other = await problemAt(farm, query, { as: 'submitter', body: 'x', headers: text });
    expect(other).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const gzip = await problemAt(farm, query, { as: 'submitter', body: 'x', headers: zipped });
    expect(gzip).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it('refuse a path with broken percent encoding', async () => {
    const problem = await problemAt(farm, '/api/v1/boards/%E0%A4%A', { as: 'viewer' });
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('hide what went wrong inside, and log it under the request id', async () => {
    const sick = await startFarm();
    await sick.store.close();
    const response = await ask(sick, '/api/v1/agents', { as: 'viewer' });
    const problem = await problemOf(response);
    expect(problem.status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify(problem)).not.toMatch(/at .*\.ts|\.js:|sqlite|node_modules/i);
    const logged = sick.heard.log.filter((line) => line.includes(String(problem.requestId)));
    expect(logged.join('')).toContain('stack');
    await sick.close();
  });

  it('never log a secret', async () => {
    await ask(farm, '/api/v1/whoami', { as: 'admin' });
    await ask(farm, '/api/v1/whoami', { secret: 'wrong-secret-wrong-secret' });
    const log = farm.heard.log.join('');
    expect(log).toContain('/api/v1/whoami');
    expect(log).not.toContain(farm.secrets.admin);
    expect(log).not.toContain('wrong-secret-wrong-secret');
  });
});
