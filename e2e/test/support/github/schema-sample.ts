import type { Description, Json } from './description.js';

/** The smallest value that a schema takes; `given` stands in it where it says something. */
export function sampleOf(description: Description, schema: unknown, given?: unknown): unknown {
  const part = description.resolve(schema);
  const kind = typeOf(part, description);
  if (Array.isArray(given))
    return part.items === undefined
      ? given
      : given.map((each) => sampleOf(description, part.items, each));
  if (given === null || (given !== undefined && typeof given !== 'object')) return given;
  if (kind === 'object') return objectOf(description, part, (given ?? {}) as Json);
  return given ?? scalarOf(description, part, kind);
}

function objectOf(description: Description, part: Json, given: Json): Json {
  const { properties, required } = merged(description, part);
  const names = new Set([...required, ...Object.keys(given)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      properties[name] === undefined
        ? given[name]
        : sampleOf(description, properties[name], given[name]),
    ]),
  );
}

/** What all parts of `allOf`, and the first alternative that is no null, ask for together. */
function merged(description: Description, part: Json): { properties: Json; required: string[] } {
  const parts = [part, ...((part.allOf as unknown[]) ?? []), ...firstOf(part, description)].map(
    (each) => (each === part ? part : description.resolve(each)),
  );
  const inner = parts.slice(1).map((each) => merged(description, each));
  const properties: Json = {};
  for (const each of [{ properties: part.properties as Json }, ...inner])
    for (const [name, schema] of Object.entries(each.properties ?? {}))
      properties[name] = name in properties ? { allOf: [properties[name], schema] } : schema;
  const required = (part.required as string[]) ?? [];
  return { properties, required: [...required, ...inner.flatMap((each) => each.required)] };
}

function firstOf(part: Json, description: Description): unknown[] {
  const alternatives = (part.anyOf ?? part.oneOf ?? []) as unknown[];
  return alternatives.filter((each) => description.resolve(each).type !== 'null').slice(0, 1);
}

function typeOf(part: Json, description: Description): string {
  const { type } = part;
  if (Array.isArray(type)) return type.includes('null') ? 'null' : String(type[0]);
  if (typeof type === 'string') return type;
  if (part.properties !== undefined) return 'object';
  const kinds = ((part.allOf ?? []) as unknown[]).map((each) =>
    typeOf(description.resolve(each), description),
  );
  if (kinds[0] !== undefined) return kinds.includes('object') ? 'object' : kinds[0];
  const [first] = firstOf(part, description);
  return first === undefined ? 'string' : typeOf(description.resolve(first), description);
}

const FORMATS: Readonly<Record<string, string>> = {
  uri: 'https://github.test/',
  'uri-template': 'https://github.test/{a}',
  'date-time': '2026-11-30T12:00:00Z',
  email: 'a@github.test',
};

function scalarOf(description: Description, schema: Json, kind: string): unknown {
  const parts = ((schema.allOf ?? []) as unknown[]).map((each) => description.resolve(each));
  const part: Json = Object.assign({}, ...parts, schema);
  const { enum: values, format, minimum } = part;
  if (part.const !== undefined) return part.const;
  if (Array.isArray(values)) return values[0];
  const alternatives = (part.anyOf ?? part.oneOf) as unknown[] | undefined;
  if (alternatives?.some((each) => description.resolve(each).type === 'null')) return null;
  if (alternatives) return sampleOf(description, alternatives[0]);
  if (kind === 'array') return [];
  if (kind === 'null') return null;
  if (kind === 'boolean') return false;
  if (kind === 'integer' || kind === 'number') return typeof minimum === 'number' ? minimum : 1;
  return FORMATS[String(format)] ?? 'x';
}
