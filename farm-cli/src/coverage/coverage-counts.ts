import type { GcovSource } from './gcov-json.js';

export interface FunctionCount {
  readonly name: string;
  line: number;
  count: number;
}

/** Branches of a line that belong together, in the compiler's order. */
export interface BranchGroup {
  /** Whether the line was reached at all. */
  isReached: boolean;
  readonly taken: number[];
}

export interface LineCount {
  count: number;
  readonly branches: Map<string, BranchGroup>;
}

/** What is known of one source file. */
export class SourceCounts {
  readonly functions = new Map<string, FunctionCount>();
  readonly lines = new Map<number, LineCount>();

  /** Adds what one object counted. */
  add({ functions, lines }: GcovSource): void {
    for (const { name, start_line, execution_count } of functions) {
      const known = this.functions.get(name) ?? { name, line: start_line, count: 0 };
      known.line = Math.min(known.line, start_line);
      known.count += execution_count;
      this.functions.set(name, known);
    }
    // Code without a line of its own has line 0.
    for (const line of lines) if (line.line_number > 0) this.#addLine(line);
  }

  /** A line that several functions share, as those of a macro or a template do, comes once for each. */
  #addLine({
    line_number,
    count,
    function_name = '',
    branches,
  }: GcovSource['lines'][number]): void {
    const line = this.lines.get(line_number) ?? { count: 0, branches: new Map() };
    this.lines.set(line_number, line);
    line.count += count;
    if (branches.length === 0) return;
    // Two builds may compile a line to different branches: those of equal number count as the same.
    const key = `${function_name}/${branches.length}`;
    const group = line.branches.get(key) ?? { isReached: false, taken: branches.map(() => 0) };
    line.branches.set(key, group);
    group.isReached ||= count > 0;
    branches.forEach((branch, i) => {
      group.taken[i] = (group.taken[i] ?? 0) + branch.count;
    });
  }
}

/** Sums of all objects and attempts, by the path of the source file. */
export class CoverageCounts {
  readonly sources = new Map<string, SourceCounts>();

  /** @param pathOf - the name under which a source file is to appear */
  constructor(private readonly pathOf: (path: string) => string) {}

  add(source: GcovSource): void {
    const path = this.pathOf(source.file);
    const counts = this.sources.get(path) ?? new SourceCounts();
    this.sources.set(path, counts);
    counts.add(source);
  }
}
