import { z } from 'zod';
import { nearestNames } from './nearest-names.js';

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

/** Allowed values and unknown fields that one message names. */
const MAX_VALUES = 16;
const MAX_KEYS = 3;
const MAX_CHARS = 500;

/** What people call the types of JSON and YAML. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  map: 'a mapping',
};
const UNIT_WORDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

/*
 * One wording for every edge. What a schema says itself still comes first. Values are not repeated: they may be secret.
 */
z.config({ customError: (issue) => issueText(issue).slice(0, MAX_CHARS) });

function issueText(issue: RawIssue): string {
  if (issue.input === undefined && issue.code !== 'custom')
    return issue.code === 'invalid_value' ? `is missing: ${expectedValues(issue)}` : 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}, got ${typeOf(issue.input)}`;
    case 'invalid_value':
      return `${expectedValues(issue)}${meant(issue.input, issue.values.map(String))}`;
    case 'too_small':
      return `expected at least ${sized(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `expected at most ${sized(issue.maximum, issue.origin)}`;
    case 'invalid_format':
      return `has not the form ${issue.pattern ?? issue.format}`;
    case 'unrecognized_keys':
      return unknownFields(issue);
    case 'invalid_union':
      return noneFits(issue.errors);
    case 'invalid_key':
      return `the name ${issue.issues[0]?.message ?? 'is not allowed'}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    default:
      return 'is not allowed here';
  }
}

function sized(count: number | bigint, origin: string): string {
  const [one, many] = UNIT_WORDS[origin] ?? [];
  const unit = Number(count) === 1 ? one : many;
  return unit === undefined ? String(count) : `${count} ${unit}`;
}

function typeOf(input: unknown): string {
  if (input === null) return 'nothing (null)';
  if (Array.isArray(input)) return 'a list';
  if (Number.isNaN(input)) return 'no number';
  const type = typeof input;
  return type === 'number' && !Number.isInteger(input)
    ? 'a number with a fraction'
    : (TYPE_WORDS[type] ?? type);
}

function expectedValues({ values }: { readonly values: readonly unknown[] }): string {
  const shown = values.slice(0, MAX_VALUES).map(String).join(', ');
  const more = values.length > MAX_VALUES ? ', …' : '';
  return values.length === 1 ? `expected ${shown}` : `expected one of ${shown}${more}`;
}

/** The allowed word that was nearly written. */
function meant(input: unknown, allowed: readonly string[]): string {
  const [near] = typeof input === 'string' ? nearestNames(input, allowed) : [];
  return near === undefined || allowed.length < 4 ? '' : `; did you mean ${near}?`;
}

function unknownFields({ keys, inst }: RawIssue & { readonly code: 'unrecognized_keys' }): string {
  const known = inst instanceof z.ZodObject ? Object.keys(inst.shape) : [];
  const shown = keys.slice(0, MAX_KEYS).map((key) => {
    const [near] = nearestNames(key, known);
    return `'${key.slice(0, 64)}'${near === undefined ? '' : ` (did you mean '${near}'?)`}`;
  });
  const more = keys.length > MAX_KEYS ? ` and ${keys.length - MAX_KEYS} more` : '';
  return `unknown field ${shown.join(', ')}${more}`;
}

/** The form that the value came nearest to tells its own problem; else what each form expects. */
function noneFits(forms: readonly (readonly Issue[])[]): string {
  const entered = forms.find((issues) => issues.every(({ path }) => path.length > 0));
  const [inner] = entered ?? [];
  if (inner) return `${pathText(inner.path)}: ${inner.message}`;
  const texts = forms.flatMap((issues) => issues[0]?.message ?? []);
  return texts.length === 0 ? 'is not allowed here' : [...new Set(texts)].join('; or ');
}

/** A path as code would write it: `suites[2].images[0].sha256`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path)
    text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`;
  return text === '' ? '(whole)' : text;
}
