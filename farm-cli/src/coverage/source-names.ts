import { isAbsolute, join } from 'node:path';

export interface SourceNaming {
  /** Prefixes to cut off, whole folders only; the first that fits counts. */
  readonly strip?: readonly string[];
  /** Put before paths that are relative then. */
  readonly sourceRoot?: string;
}

/** Names under which source files appear in a tracefile; by default as the compiler was given them. */
export function sourceNames({ strip = [], sourceRoot }: SourceNaming): (path: string) => string {
  const prefixes = strip.map((prefix) => `${prefix.replace(/\/+$/, '')}/`);
  return (path) => {
    const prefix = prefixes.find((each) => path.startsWith(each)) ?? '';
    const rest = path.slice(prefix.length);
    return sourceRoot === undefined || isAbsolute(rest) ? rest : join(sourceRoot, rest);
  };
}
