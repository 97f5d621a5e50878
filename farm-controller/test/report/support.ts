import type { AttemptView, CaseView, RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { ReportRun } from '../../src/report/report-run.js';
import type { ReportWriter } from '../../src/report/report-writer.js';

/** Views with everything set, of which a test changes what it is about. */
export const submissionView = (more: Partial<SubmissionView> = {}): SubmissionView => ({
  ...{ id: 'sub_00000000000000000000001', name: 'nightly', tenant: 'default', submitter: 'ci' },
  ...{ band: 'normal', state: 'finished', cancelled: false, revision: 9, verdicts: {} },
  ...{ runsTotal: 1, runsFinished: 1, runsRunning: 0, createdMs: 1_700_000_000_000 },
  finishedMs: 1_700_000_009_000,
  ...more,
});

export const runView = (more: Partial<RunView> = {}): RunView => ({
  ...{ id: 'run_00000000000000000000001', submissionId: 'sub_00000000000000000000001' },
  ...{ ordinal: 0, name: 'suite', imageName: 'suite.elf', imageSha256: 'a'.repeat(64) },
  requirement: { target: 'FVP_MPS2_M3', fixtures: [], tags: [] },
  ...{ band: 'normal', state: 'finished', verdict: 'pass', reason: 'completed', message: '' },
  ...{ attempts: 1, boardSerial: 'virt-m3-01', casesDone: 1, casesTotal: 1, revision: 5 },
  ...{ createdMs: 1_700_000_000_000, startedMs: 1_700_000_001_000, finishedMs: 1_700_000_003_500 },
  ...more,
});

export const attemptView = (more: Partial<AttemptView> = {}): AttemptView => ({
  ...{
    id: 'att_00000000000000000000001',
    number: 1,
    boardSerial: 'virt-m3-01',
    agent: 'virtual-1',
  },
  ...{ state: 'finished', verdict: 'pass', reason: 'completed', message: '', consoleBytes: 0 },
  ...{ startedMs: 1_700_000_001_000, finishedMs: 1_700_000_003_500 },
  ...{ cases: [], metrics: [], crash: null },
  ...more,
});

export const caseView = (name: string, more: Partial<CaseView> = {}): CaseView => ({
  ...{ ordinal: 0, name, verdict: 'pass', durationUs: 1500, failures: [] },
  ...more,
});

/** The whole text of a report. */
export function written(writer: ReportWriter, ...runs: ReportRun[]): string {
  const body = runs.map((run) => [...writer.run(run)].join('')).join('');
  const tail = writer.tail();
  return writer.head() + body + tail;
}

const ENTITIES = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)/;

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** A small, strict XML reader: it throws on whatever an XML 1.0 parser has to refuse. */
export function parseXml(xml: string): XmlElement {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml))
    throw new Error('character that XML forbids');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  const token =
    /<!\[CDATA\[([\s\S]*?)\]\]>|<\?[^>]*\?>|<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(xml);
    if (!found) throw new Error(`not XML at ${JSON.stringify(xml.slice(at, at + 60))}`);
    takeToken(found, stack);
  }
  const [top] = root.children;
  if (stack.length !== 1 || !top || root.children.length !== 1) throw new Error('unbalanced');
  return top;
}

function takeToken(found: RegExpExecArray, stack: XmlElement[]): void {
  const [, cdata, closing, name, attributes = '', empty, text] = found;
  const top = stack.at(-1);
  if (!top) throw new Error('content after the end');
  if (cdata !== undefined) top.text += cdata;
  else if (text !== undefined) {
    if (text.includes(']]>')) throw new Error('CDATA end outside of CDATA');
    top.text += plain(text);
  } else if (name !== undefined && closing) {
    if (stack.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
  } else if (name !== undefined) {
    const element = { name, attributes: attributesOf(attributes), children: [], text: '' };
    top.children.push(element);
    if (!empty) stack.push(element);
  }
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w-]+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, plain(value)]));
}

function plain(text: string): string {
  if (ENTITIES.test(text)) throw new Error(`unescaped: ${text}`);
  return text
    .replace(/&#(x?)([0-9a-fA-F]+);/g, (_all, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10)),
    )
    .replace(/&(lt|gt|quot|apos);/g, (_all, name: 'lt' | 'gt' | 'quot' | 'apos') => MARKS[name])
    .replaceAll('&amp;', '&');
}
const MARKS = { lt: '<', gt: '>', quot: '"', apos: "'" };
