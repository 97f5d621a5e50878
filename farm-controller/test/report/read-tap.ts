/** What a reader of TAP counts at the top level. */
export interface TapSummary {
  readonly ok: boolean;
  readonly count: number;
  /** Points that are `not ok`, also those to do. */
  readonly fail: number;
  readonly todo: number;
  readonly skip: number;
}

const POINT = /^(not ok|ok) (\d+) - (?:[^\\#]|\\.)*?(?: # (TODO|SKIP)\b.*)?$/;

/** Reads TAP 14 by its rules: points numbered from 1, a plan that holds, subtests indented, and nothing else. */
export function readTap(text: string): TapSummary {
  const [version, ...lines] = text.trimEnd().split('\n');
  if (version !== 'TAP version 13') throw new Error(`version: ${version}`);
  const points = lines.flatMap((line) => {
    const found = POINT.exec(line);
    return found
      ? [{ isOk: found[1] === 'ok', number: Number(found[2]), directive: found[3] }]
      : [];
  });
  const rest = lines.filter((line) => !POINT.test(line) && !/^( {2}|# Subtest: )/.test(line));
  if (rest.length !== 1 || rest[0] !== `1..${points.length}`) throw new Error(`plan: ${rest}`);
  if (points.some(({ number }, i) => number !== i + 1)) throw new Error('numbers out of order');
  const having = (directive: string) => points.filter((point) => point.directive === directive);
  const red = points.filter((point) => !point.isOk);
  return {
    ok: red.every(({ directive }) => directive === 'TODO'),
    count: points.length,
    fail: red.length,
    todo: having('TODO').length,
    skip: having('SKIP').length,
  };
}
