import { RE2JS } from 're2js';

/** Most characters of a console line that are looked at. */
const MAX_MATCHED_CHARS = 1024;
/** Most steps of a compiled expression. */
const MAX_STEPS = 256;
/**
 * Steps times characters that one line may cost: 13 to 29 ms where each character leads to a state that was not met
 * before (docs/performance.md), and an agent can do nothing else meanwhile.
 */
const MAX_LINE_COST = 64_000;
/** Each class of Unicode costs about 1 ms to compile. */
const MAX_UNICODE_CLASSES = 4;

/** Says whether a console line is the one that is waited for. */
export interface LinePattern {
  matches(line: string): boolean;
}

/**
 * Reads one expected line: text that the line must contain, or a regular expression (RE2's syntax) as `/…/` or `/…/i`.
 * @throws SyntaxError that says what is wrong with the expression, or that it is too dear to be looked for
 */
export function linePattern(text: string): LinePattern {
  const regex = expression(text);
  if (!regex) return { matches: (line) => line.slice(0, MAX_MATCHED_CHARS).includes(text) };
  const compiled = compile(regex.source, regex.flags);
  const chars = Math.min(MAX_MATCHED_CHARS, Math.floor(MAX_LINE_COST / compiled.programSize()));
  return { matches: (line) => compiled.test(line.slice(0, chars)) };
}

/** What keeps an expected line from being looked for; undefined when nothing does. */
export function patternFault(text: string): string | undefined {
  try {
    linePattern(text);
    return undefined;
  } catch (error) {
    return `not a usable regular expression: ${error instanceof Error ? error.message : error}`;
  }
}

/** Whether the expected line is a regular expression, which costs something to read. */
export const isExpression = (text: string): boolean => expression(text) !== undefined;

function expression(text: string): { source: string; flags: number } | undefined {
  const [, source, ignoreCase] = /^\/(.+)\/(i?)$/.exec(text) ?? [];
  if (source === undefined) return undefined;
  return { source, flags: ignoreCase ? RE2JS.CASE_INSENSITIVE : 0 };
}

function compile(source: string, flags: number): RE2JS {
  if ((source.match(/\\p/gi)?.length ?? 0) > MAX_UNICODE_CLASSES)
    throw new SyntaxError(`more than ${MAX_UNICODE_CLASSES} classes of Unicode`);
  const compiled = read(source, flags);
  const steps = compiled.programSize();
  if (steps <= MAX_STEPS) return compiled;
  const cure = 'shorten it, lower its counts, or give the line as text';
  throw new SyntaxError(`it takes ${steps} steps, more than ${MAX_STEPS}: ${cure}`);
}

function read(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(why.replace('error parsing regexp: ', ''), { cause: error });
  }
}
