import { text } from 'node:stream/consumers';
import { KeyWatch } from '@greenrack/farm-protocol';
import { Composer, Lexer, Parser } from 'yaml';

/** What this program writes to its standard output, as JSON, of the YAML on its standard input. */
export type YamlOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string };

/** A spec is four levels deep, and its mappings have a dozen keys. */
const MAX_DEPTH = 32;
const MAX_KEYS = 200;
const MAX_ALIASES = 50;

/**
 * Reads one YAML document. The library composes by recursion, and a regular expression that V8 compiles with hardly any
 * stack left aborts the whole process: 2 kB of `- - - …` are enough. So depth is bounded on the library's flat token
 * stream, before anything recursive sees it. Keys are bounded because checking that they differ is quadratic.
 */
function readYaml(yaml: string): unknown {
  const parser = new Parser();
  const tokens = [];
  for (const lexeme of new Lexer().lex(yaml)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    refuseShape(parser);
  }
  for (const token of parser.end()) tokens.push(token);
  const keys = new KeyWatch();
  const documents = [...new Composer({ schema: 'core', uniqueKeys: keys.isSame }).compose(tokens)];
  const [document] = documents;
  if (!document || documents.length > 1) throw new Error('expected one document');
  const twice = keys.complaint(yaml);
  if (twice !== undefined) throw new Error(twice);
  if (document.errors[0]) throw document.errors[0];
  return document.toJS({ maxAliasCount: MAX_ALIASES });
}

function refuseShape({ stack }: Parser): void {
  if (stack.length > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH} levels`);
  const top = stack.at(-1);
  const isMap =
    top?.type === 'block-map' || (top?.type === 'flow-collection' && top.start.source === '{');
  if (isMap && top.items.length > MAX_KEYS)
    throw new Error(`more than ${MAX_KEYS} keys in a mapping`);
}

function outcome(yaml: string): YamlOutcome {
  try {
    return { ok: true, value: readYaml(yaml) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'unreadable' };
  }
}

process.stdout.write(JSON.stringify(outcome(await text(process.stdin))));
