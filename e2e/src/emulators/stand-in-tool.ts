import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BusySpan } from './busy-span.js';
import type { ToolAnswer } from './probe-line.js';

/** What a stand-in does when it is called. The first rule whose `when` is among the arguments (or absent) is used. */
export interface ToolRule extends ToolAnswer {
  readonly when?: string;
  /** Path of a {@link ProbeLine}, which is told the arguments and answers for the tool. */
  readonly tell?: string;
}

/** An executable that stands for a vendor's tool: records its arguments, says what the tool says, ends as it ends. */
export class StandInTool {
  readonly path: string;

  constructor(dir: string, name: string, rules: readonly ToolRule[]) {
    this.path = join(dir, name);
    this.behave(rules);
  }

  behave(rules: readonly ToolRule[]): void {
    const log = `${this.path}.calls`;
    const text = `#!${process.execPath}
const fs = require('node:fs'), net = require('node:net');
const argv = process.argv.slice(2), rules = ${JSON.stringify(rules)};
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify(argv) + '\\n');
const rule = rules.find((r) => r.when === undefined || argv.some((a) => a.includes(r.when))) ?? { exit: 64 };
const end = (said) => {
  fs.writeSync(1, said.stdout ?? '');
  fs.writeSync(2, said.stderr ?? '');
  if (said.hang) return setInterval(() => {}, 1000);
  fs.appendFileSync(${JSON.stringify(`${this.path}.spans`)}, performance.timeOrigin + ' ' + Date.now() + '\\n');
  process.exit(said.exit ?? 0);
};
if (rule.tell) {
  let heard = '';
  const probe = net.connect(rule.tell).on('data', (text) => (heard += text));
  probe.on('end', () => end(JSON.parse(heard))).write(JSON.stringify(argv));
} else end(rule);
`;
    writeFileSync(this.path, text, { mode: 0o755 });
  }

  /** From the start of each call to its end; hung ones have none. */
  get spans(): BusySpan[] {
    return this.#lines('spans').map((line) => {
      const [fromMs = 0, toMs = 0] = line.split(' ').map(Number);
      return { fromMs, toMs };
    });
  }

  /** Arguments of every call so far. */
  get calls(): string[][] {
    return this.#lines('calls').map((line) => JSON.parse(line) as string[]);
  }

  #lines(ending: string): string[] {
    const log = `${this.path}.${ending}`;
    return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
  }
}
