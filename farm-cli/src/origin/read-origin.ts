import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Origin, originSchema } from '@greenrack/farm-protocol';
import type { CliContext } from '../cli-context.js';
import { noteLine } from '../cli-context.js';
import { ciOrigin, type SaidOrigin } from './ci-origin.js';
import { gitOrigin } from './git-origin.js';

/**
 * The commit that images at `path` were built from: what the CI service says, completed by git when both mean the same
 * commit; else what git says of the folder. Undefined where neither knows.
 */
export async function readOrigin(context: CliContext, path: string): Promise<Origin | undefined> {
  const said = ciOrigin(context.env);
  const local = await gitOrigin(folderOf(path));
  const origin = said ? { ...(local?.sha === said.sha ? local : {}), ...defined(said) } : local;
  return origin && acceptable(context, origin);
}

function folderOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
}

const defined = (said: SaidOrigin): SaidOrigin =>
  Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined && value !== ''),
  );

/** A field that makes no sense is left out and said so: it is no reason not to test. */
function acceptable(context: CliContext, said: SaidOrigin): Origin | undefined {
  const good: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(defined(said))) {
    const field = originSchema.shape[key as keyof Origin];
    if (field.safeParse(value).success) good[key] = value;
    else noteLine(context, `origin: '${String(value).slice(0, 80)}' is no ${key} and is left out`);
  }
  return originSchema.safeParse(good).data;
}
