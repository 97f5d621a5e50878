import { boardLabelOf, meaningOf, plain } from '@greenrack/farm-model';
import type { RunSummary } from '../output/verdict-table.js';

/** GitHub refuses a summary of more than 1 MiB as a whole. */
export const MAX_SUMMARY_BYTES = 1024 * 1024;
/** For the line that says how many are left out. */
const SPARE_BYTES = 1_000;

/** The runs of a submission as Markdown, those that did not pass first; at most as long as GitHub takes. */
export function jobSummary(runs: readonly RunSummary[], url: string): string {
  const ranked = [...runs.filter((run) => !isGood(run)), ...runs.filter(isGood)];
  const passed = runs.filter(isGood).length;
  const lines = [
    `### Greenrack: ${passed} of ${runs.length} runs passed`,
    '',
    ...['| run | target | board | verdict | why |', '|---|---|---|---|---|'],
  ];
  let left = MAX_SUMMARY_BYTES - SPARE_BYTES - bytes(lines.join('\n')) - bytes(url);
  for (const [i, run] of ranked.entries()) {
    const row = rowOf(run);
    left -= bytes(row) + 1;
    if (left < 0) {
      lines.push('', `… and ${ranked.length - i} more`);
      break;
    }
    lines.push(row);
  }
  return `${lines.join('\n')}\n\n[Consoles, traces and all results](${url})\n`;
}

const bytes = (text: string): number => Buffer.byteLength(text);
const isGood = ({ verdict }: RunSummary): boolean =>
  verdict !== null && meaningOf(verdict) === 'good';

function rowOf(run: RunSummary): string {
  const { name, target, verdict, message } = run;
  const board = boardLabelOf({ boardSerial: run.board, boardName: run.boardName });
  const cells = [name, target, board, verdict ?? '', isGood(run) ? '' : message];
  return `| ${cells.map((cell) => plain(cell, 300)).join(' | ')} |`;
}
