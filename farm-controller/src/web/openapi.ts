import { problemSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { creates, IDEMPOTENCY_KEY, idempotencyKeySchema } from './once.js';
import { PROBLEM_MIME } from './problem.js';
import type { Route } from './route.js';

/** A JSON object of the document; its shape is OpenAPI's business. */
export type JsonObject = { [name: string]: unknown };

/** Schemas that get a name of their own in the document. */
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/** Makes the OpenAPI 3.1 document of `routes` from the same schemas that check their input. */
export function openApiDocument(
  routes: readonly Route[],
  named: NamedSchemas,
  version: string,
): JsonObject {
  const schemas = new SchemaBook({ ...named, Problem: problemSchema });
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Greenrack',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: schemas.all,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** Translates zod schemas; the named ones are written down once and referred to. */
class SchemaBook {
  readonly all: JsonObject = {};
  readonly #names = z.registry<{ id: string }>();

  constructor(named: NamedSchemas) {
    for (const [id, schema] of Object.entries(named)) this.#names.add(schema, { id });
    for (const schema of Object.values(named)) this.answer(schema);
  }

  /** The schema of what we send. */
  answer(schema: z.ZodType): JsonObject {
    return this.#translate(schema, 'output', this.#names);
  }

  /** The schema of what we take: fields with a default may be left out, so names are not shared with answers. */
  input(schema: z.ZodType): JsonObject {
    return this.#translate(schema, 'input', z.registry<{ id: string }>());
  }

  #translate(
    schema: z.ZodType,
    io: 'input' | 'output',
    metadata: z.core.$ZodRegistry<{ id: string }>,
  ): JsonObject {
    const text = JSON.stringify(z.toJSONSchema(schema, { io, metadata, unrepresentable: 'any' }));
    const json: JsonObject = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/'));
    const { $schema: _dialect, $defs, id, ...own } = json;
    for (const [name, definition] of Object.entries($defs ?? {})) this.all[name] = definition;
    if (typeof id !== 'string') return own;
    this.all[id] = own;
    return { $ref: `#/components/schemas/${id}` };
  }
}

const HEADERS = z.object({ [IDEMPOTENCY_KEY]: idempotencyKeySchema.optional() });

function operationOf(route: Route, schemas: SchemaBook): JsonObject {
  const body = bodyOf(route, schemas);
  return {
    summary: route.summary,
    operationId: operationId(route),
    parameters: [
      ...parametersOf(route.params, 'path', schemas),
      ...parametersOf(route.query, 'query', schemas),
      ...(creates(route) ? parametersOf(HEADERS, 'header', schemas) : []),
    ],
    ...(body && { requestBody: { required: true, content: body } }),
    responses: responsesOf(route, schemas),
    security: route.role === 'none' ? [] : [{ token: [] }],
    'x-role': route.role,
  };
}

function operationId(route: Route): string {
  const words = route.path.replace('/api/v1/', '').split(/[^A-Za-z0-9]+/);
  return [route.method, ...words].filter((word) => word !== '').join('_');
}

function parametersOf(
  schema: z.ZodObject | undefined,
  place: 'path' | 'query' | 'header',
  schemas: SchemaBook,
): JsonObject[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(field, undefined).success,
    schema: schemas.input(field as z.ZodType),
  }));
}

function bodyOf(route: Route, schemas: SchemaBook): JsonObject | undefined {
  const bodies = route.consumes ?? (route.body && { 'application/json': route.body });
  if (!bodies) return undefined;
  const entries = Object.entries(bodies);
  return Object.fromEntries(
    entries.map(([mime, schema]) => [mime, { schema: schemas.input(schema) }]),
  );
}

function responsesOf(route: Route, schemas: SchemaBook): JsonObject {
  const content = route.response
    ? { 'application/json': { schema: schemas.answer(route.response) } }
    : Object.fromEntries((route.produces ?? []).map((mime) => [mime, {}]));
  const answers = [route.status ?? 200, ...(route.alsoStatus ?? [])];
  return {
    ...Object.fromEntries(answers.map((code) => [code, { description: route.summary, content }])),
    default: {
      description: 'What went wrong, and what to do about it',
      content: { [PROBLEM_MIME]: { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  };
}
