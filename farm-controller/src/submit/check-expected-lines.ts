import { isExpression, patternFault } from '@greenrack/farm-model';
import type { SubmissionSpec } from '@greenrack/farm-protocol';
import { type Findings, refusal } from './refusal.js';

/** Most different expressions of a submission: each costs up to some ms to read. */
const MAX_EXPRESSIONS = 1000;

/** What is wrong with the expected lines of all runs. Reading an expression is the only way to know what it costs. */
export function* checkExpectedLines(spec: SubmissionSpec): Findings {
  const expressions = expressionsOf(spec);
  if (expressions.size > MAX_EXPRESSIONS) {
    const cure = 'give lines as text, or split the submission';
    const message = `${expressions.size} different regular expressions in compareLog, at most ${MAX_EXPRESSIONS}: ${cure}`;
    yield refusal('invalid_spec', 'runs', message);
    return;
  }
  for (const [line, path] of expressions) {
    const fault = patternFault(line);
    yield fault === undefined ? undefined : refusal('invalid_spec', path, fault);
  }
}

/** Each different expression with the path of its first use. */
function expressionsOf({ runs }: SubmissionSpec): Map<string, string> {
  const first = new Map<string, string>();
  for (const [i, { compareLog }] of runs.entries())
    for (const [j, line] of (compareLog?.lines ?? []).entries())
      if (!first.has(line) && isExpression(line))
        first.set(line, `runs[${i}].compareLog.lines[${j}]`);
  return first;
}
