import { configSchema } from '../../farm-controller/src/config.js';
import { AGENT_ENVIRONMENT } from '../../runner-agent/src/config.js';

interface Row {
  readonly name: string;
  readonly what: string;
}

/** Replaces the tables between the marks of `docs/configuration.md` by what controller and agent declare. */
export function renderEnvDocs(current: string): string {
  const controller = Object.entries(configSchema.shape).map(([name, schema]) => ({
    name,
    what: schema.description ?? '',
  }));
  const agent = AGENT_ENVIRONMENT.map(({ name, what, fallback }) => ({
    name,
    what: fallback === undefined ? what : `${what} Default ${fallback}.`,
  }));
  return withTable(withTable(current, 'controller', controller), 'agent', agent);
}

function withTable(current: string, room: string, rows: readonly Row[]): string {
  const [begin, end] = [
    `<!-- ${room}: made by scripts/gen-docs.ts from its config.ts -->`,
    `<!-- end of ${room} -->`,
  ];
  const [before, rest] = current.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/configuration.md has lost its marks: ${begin} … ${end}`);
  const lines = rows.map(({ name, what }) => `| \`${name}\` | ${what} |`);
  return `${before}${begin}\n\n| Variable | |\n|---|---|\n${lines.join('\n')}\n\n${end}${after}`;
}

/** Names of environment variables of ours in a text. */
const NAME = /\b(?:GREENRACK_[A-Z][A-Z0-9_]*|DATABASE_URL|REDIS_URL)\b/g;

const namesIn = (text: string): Set<string> => new Set(text.match(NAME) ?? []);

/**
 * Compares the variables that the sources mention with those that `docs/configuration.md` describes in the first column
 * of a table. Returns one sentence per difference.
 */
export function compareEnvironment(
  sources: ReadonlyMap<string, string>,
  documentation: string,
): string[] {
  const rows = documentation.split('\n').filter((line) => line.startsWith('| `'));
  const described = namesIn(rows.map((line) => line.split('|')[1] ?? '').join('\n'));
  const used = new Map<string, string>();
  for (const [file, text] of sources) for (const name of namesIn(text)) used.set(name, file);
  const missing = [...used].filter(([name]) => !described.has(name));
  const stale = [...described].filter((name) => !used.has(name));
  return [
    ...missing.map(
      ([name, file]) => `docs/configuration.md: describe ${name}, which ${file} reads`,
    ),
    ...stale.map((name) => `docs/configuration.md: ${name} is read by nothing; take it out`),
  ];
}
