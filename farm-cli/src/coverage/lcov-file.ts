/*
 * A tracefile of lcov (man geninfo), one section per source file:
 *
 *   TN:<test>  SF:<path>  FN:<line>,<function>…  FNDA:<count>,<function>…  FNF:<all>  FNH:<hit>
 *   BRDA:<line>,<block>,<branch>,<taken, or - when the line was never reached>…  BRF:  BRH:
 *   DA:<line>,<count>…  LF:  LH:  end_of_record
 */
import type { CoverageCounts, LineCount, SourceCounts } from './coverage-counts.js';

export interface CoverageTotals {
  files: number;
  linesTotal: number;
  linesHit: number;
  functionsTotal: number;
  functionsHit: number;
}

/** The tracefile and its sums. The same counts give the same text, in whatever order they came. */
export function lcovFile({ sources }: CoverageCounts): { text: string; totals: CoverageTotals } {
  const totals = { files: 0, linesTotal: 0, linesHit: 0, functionsTotal: 0, functionsHit: 0 };
  const lines: string[] = [];
  for (const [path, counts] of [...sources].sort(([a], [b]) => compare(a, b))) {
    lines.push('TN:', `SF:${path}`);
    lines.push(...functionLines(counts), ...branchLines(counts), ...lineLines(counts));
    lines.push('end_of_record');
    totals.files++;
    totals.linesTotal += counts.lines.size;
    totals.linesHit += hits(counts.lines.values());
    totals.functionsTotal += counts.functions.size;
    totals.functionsHit += hits(counts.functions.values());
  }
  return { text: lines.map((line) => `${line}\n`).join(''), totals };
}

function functionLines({ functions }: SourceCounts): string[] {
  const sorted = [...functions.values()].sort((a, b) => a.line - b.line || compare(a.name, b.name));
  return [
    ...sorted.map(({ line, name }) => `FN:${line},${name}`),
    ...sorted.map(({ count, name }) => `FNDA:${count},${name}`),
    `FNF:${sorted.length}`,
    `FNH:${hits(sorted)}`,
  ];
}

function branchLines(counts: SourceCounts): string[] {
  const branches = sortedLines(counts).flatMap(([number, line]) => branchesOf(number, line));
  if (branches.length === 0) return [];
  const hit = branches.filter((text) => !/,(?:-|0)$/.test(text)).length;
  return [...branches, `BRF:${branches.length}`, `BRH:${hit}`];
}

function branchesOf(number: number, { branches }: LineCount): string[] {
  const groups = [...branches].sort(([a], [b]) => compare(a, b));
  return groups.flatMap(([, { isReached, taken }], block) =>
    taken.map((count, i) => `BRDA:${number},${block},${i},${isReached ? count : '-'}`),
  );
}

function lineLines(counts: SourceCounts): string[] {
  return [
    ...sortedLines(counts).map(([number, { count }]) => `DA:${number},${count}`),
    `LF:${counts.lines.size}`,
    `LH:${hits(counts.lines.values())}`,
  ];
}

const sortedLines = ({ lines }: SourceCounts): [number, LineCount][] =>
  [...lines].sort(([a], [b]) => a - b);

const hits = (counts: Iterable<{ readonly count: number }>): number =>
  [...counts].filter(({ count }) => count > 0).length;

/** By code units: the same everywhere, unlike the order of a locale. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
