/**
 * Writes the parts of docs/ that come from sources. `gen-docs.ts --check` changes nothing and fails when something would
 * change, or when an environment variable is not described.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderCliDocs } from './lib/cli-docs.js';
import { compareEnvironment, renderEnvDocs } from './lib/env-docs.js';
import { renderErrorDocs } from './lib/error-docs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');
const complaints: string[] = [];

generate('docs/errors.md', () => renderErrorDocs());
generate('docs/cli.md', renderCliDocs);
generate('docs/configuration.md', renderEnvDocs);
complaints.push(...compareEnvironment(sourcesThatReadSettings(), read('docs/configuration.md')));
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;

function generate(file: string, render: (current: string) => string): void {
  const current = read(file);
  const wanted = formatted(file, render(current));
  if (current === wanted) return;
  if (isCheck) complaints.push(`${file} is not in step with its source`);
  else writeFileSync(join(root, file), wanted);
}

/** As `npm run format` would leave it: the format check looks at docs/ too. */
function formatted(file: string, text: string): string {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const options = { cwd: root, input: text, encoding: 'utf8' } as const;
  return execFileSync(biome, ['format', `--stdin-file-path=${file}`], options);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function sourcesThatReadSettings(): Map<string, string> {
  const dirs = ['farm-controller/src', 'runner-agent/src', 'farm-cli/src'];
  const files = dirs.flatMap((dir) =>
    readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(dir, name)),
  );
  return new Map(files.map((file) => [file, read(file)]));
}
