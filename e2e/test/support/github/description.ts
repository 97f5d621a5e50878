import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';

export type Json = { [key: string]: unknown };

/** A part of what GitHub publishes of itself, as `scripts/slice-github-api.ts` cut it out. */
export interface Slice {
  readonly operations?: Readonly<Record<string, Operation>>;
  readonly events?: Readonly<Record<string, { content: Content }>>;
  readonly components: Readonly<Record<string, unknown>>;
}
type Content = { readonly 'application/json'?: { readonly schema: Json } };
export interface Operation {
  readonly parameters?: readonly Json[];
  readonly requestBody?: { readonly content: Content; readonly required?: boolean };
  readonly responses: Readonly<Record<string, { readonly content?: Content; $ref?: string }>>;
}

/** Checks values against schemas of one slice. */
export class Description {
  readonly slice: Slice;
  readonly #ajv = addFormats.default(
    new Ajv({ strict: false, allErrors: true, coerceTypes: false }),
  );
  readonly #wrapped = new WeakMap<object, object>();
  readonly #loose = addFormats.default(new Ajv({ strict: false, coerceTypes: true }));

  constructor(file: 'rest.json' | 'webhooks.json') {
    const text = readFileSync(new URL(`./api/${file}`, import.meta.url), 'utf8');
    this.slice = JSON.parse(text, withNull) as Slice;
    const root: Json = { $id: 'github', components: {} };
    for (const [ref, component] of Object.entries(this.slice.components)) put(root, ref, component);
    for (const ajv of [this.#ajv, this.#loose]) ajv.addSchema(rooted(root) as Json);
  }

  /** What is wrong with `value`; empty when nothing is. */
  faults(schema: unknown, value: unknown): string[] {
    return this.#check(this.#ajv, schema, value);
  }

  /** The same for a value that comes as text, in a path or a query. */
  textFaults(schema: unknown, value: string): string[] {
    const known = this.#wrapped.get(schema as object);
    const wrapped = known ?? { type: 'object', properties: { value: schema } };
    this.#wrapped.set(schema as object, wrapped);
    return this.#check(this.#loose, wrapped, { value });
  }

  /** The part that a reference names, or the value itself. */
  resolve(value: unknown): Json {
    const part = value as Json;
    const { $ref } = part;
    return typeof $ref === 'string' ? this.resolve(this.slice.components[$ref]) : part;
  }

  #check(ajv: Ajv, schema: unknown, value: unknown): string[] {
    const validate = ajv.compile(rooted(schema) as Json);
    return validate(value) ? [] : (validate.errors ?? []).map(faultText);
  }
}

function faultText({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || '(whole)'} ${message} ${JSON.stringify(params)}`;
}

/** OpenAPI 3.0 says `nullable` beside anything; JSON Schema does not know it. */
function withNull(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value)) return value;
  const { nullable, ...schema } = value as Json;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

const compiled = new WeakMap<object, unknown>();

/** References that name the one schema in which all components are. The same object gives the same one: it compiles once. */
function rooted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = compiled.get(value);
  if (known !== undefined) return known;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === '$ref' && typeof inner === 'string' ? inner.replace(/^#/, 'github#') : rooted(inner),
  ]);
  const made = Array.isArray(value) ? entries.map(([, v]) => v) : Object.fromEntries(entries);
  compiled.set(value, made);
  return made;
}

function put(root: Json, ref: string, component: unknown): void {
  const [, , section = '', name = ''] = ref.split('/');
  const components = root.components as Record<string, Json>;
  components[section] = { ...components[section], [name]: component };
}
