import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ask } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

const operationSchema = z.looseObject({
  operationId: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query', 'header']) })),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const documentSchema = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});

let farm: TestFarm;
let text: string;
let document: z.infer<typeof documentSchema>;
beforeAll(async () => {
  farm = await startFarm();
  text = await (await ask(farm, '/api/v1/openapi.json')).text();
  document = documentSchema.parse(JSON.parse(text));
});
afterAll(() => farm.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the OpenAPI document', () => {
  it('has every route, and no other', () => {
    const described = operations().map(({ path, method }) => `${method} ${path}`);
    const served = farm.http.routes.map(
      (route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`,
    );
    expect(described.sort()).toEqual(served.sort());
    expect(served).toContain('post /api/v1/submissions');
    expect(served).toContain('get /api/v1/openapi.json');
  });

  it('refers only to schemas that it has', () => {
    const wanted = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1]);
    expect(wanted.length).toBeGreaterThan(10);
    const names = Object.keys(document.components.schemas);
    const known = new Set(names.map((name) => `#/components/schemas/${name}`));
    expect(wanted.filter((ref) => ref === undefined || !known.has(ref))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['Run', 'Board', 'Submission', 'Problem']));
  });

  it('declares each parameter of a path', () => {
    for (const { path, operation } of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = operation.parameters.filter((p) => p.in === 'path').map((p) => p.name);
      expect([path, declared.sort()]).toEqual([path, inPath.sort()]);
    }
  });

  it('lets each request that makes something come again', () => {
    const withKey = operations()
      .filter(({ operation }) => operation.parameters.some((p) => p.name === 'Idempotency-Key'))
      .map(({ path }) => path);
    const making = operations().filter(({ operation }) => '201' in operation.responses);
    expect(withKey).toEqual(making.map(({ path }) => path));
    expect(withKey).toEqual(expect.arrayContaining(['/api/v1/submissions', '/api/v1/tokens']));
  });

  it('gives every operation its own id', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says what each operation answers, and what its errors look like', () => {
    for (const { path, operation } of operations()) {
      const codes = Object.keys(operation.responses);
      expect([path, codes]).toEqual([path, expect.arrayContaining(['default'])]);
      expect(codes.some((code) => code.startsWith('2'))).toBe(true);
    }
  });
});
