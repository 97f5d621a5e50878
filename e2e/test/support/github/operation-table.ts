import type { ApiCall } from './answers.js';
import type { Description, Json, Operation } from './description.js';

/** A call with what is wrong with it. */
export interface MatchedCall extends ApiCall {
  readonly faults: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly operation: Operation;
}

/** A GitHub Enterprise Server has the same paths below this one. */
const ENTERPRISE_BASE = /^\/api\/v3(?=\/)/;

/** Finds the operation that a request asks for, and checks it against that one's description. */
export class OperationTable {
  readonly #description: Description;
  readonly #entries: readonly Entry[];

  constructor(description: Description) {
    this.#description = description;
    this.#entries = Object.entries(description.slice.operations ?? {}).map(entryOf);
  }

  match(method: string, url: URL, body: Json): MatchedCall | undefined {
    const path = url.pathname.replace(ENTERPRISE_BASE, '');
    for (const entry of this.#entries) {
      const found = entry.method === method ? entry.pattern.exec(path) : null;
      if (!found) continue;
      const values = entry.names.map((name, i) => [name, decodeURIComponent(found[i + 1] ?? '')]);
      const params = Object.fromEntries(values) as Record<string, string>;
      const query = url.searchParams;
      const faults = this.#faults(entry.operation, { params, query, body });
      return { operation: entry.name, params, query, body, nowMs: Date.now(), faults };
    }
    return undefined;
  }

  #faults(
    operation: Operation,
    { params, query, body }: Pick<ApiCall, 'params' | 'query' | 'body'>,
  ): string[] {
    const known = (operation.parameters ?? []).map((each) => this.#description.resolve(each));
    const given = [
      ...Object.entries(params).map((p) => ['path', ...p]),
      ...[...query].map((p) => ['query', ...p]),
    ];
    const faults = given.flatMap(([place, name = '', value = '']) => {
      const parameter = known.find((each) => each.in === place && each.name === name);
      if (!parameter) return [`${place} parameter ${name} is not described`];
      return this.#description.textFaults(parameter.schema, value).map((f) => `${name}: ${f}`);
    });
    const schema = operation.requestBody?.content['application/json']?.schema;
    return schema === undefined ? faults : [...faults, ...this.#description.faults(schema, body)];
  }
}

function entryOf([name, operation]: [string, Operation]): Entry {
  const [method = '', path = ''] = name.split(' ');
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, each = '']) => each);
  // Only a path of a file has slashes of its own.
  const source = path.replaceAll(/\{(\w+)\}/g, (_, each: string) =>
    each === 'path' ? '(.+)' : '([^/]+)',
  );
  return { name, method, names, operation, pattern: new RegExp(`^${source}$`) };
}
