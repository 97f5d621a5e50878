import type { EventEmitter } from 'node:events';
import { hasColours, withColours } from './output/colours.js';
import { safeJson, safeLines } from './output/safe-text.js';

/** What a command may write to. `columns` is known for terminals only. */
export interface CliStream {
  write(data: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The world of one call of the command line: tests bring their own. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Results: tables, JSON, logs. */
  readonly stdout: CliStream;
  /** Progress and errors. */
  readonly stderr: CliStream;
  /** Emits `SIGINT`, `SIGTERM` and `SIGHUP` like `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>;
}

/** Writes text and a line feed to where results go. Whoever wrote the text, it cannot drive the terminal. */
export const printLine = (context: CliContext, text: string): void => {
  context.stdout.write(`${safeLines(text)}\n`);
};

/** Like {@link printLine} for a table of verdicts, in colours where they help. */
export const printVerdicts = (context: CliContext, table: string): void => {
  const text = safeLines(table);
  context.stdout.write(`${hasColours(context, context.stdout) ? withColours(text) : text}\n`);
};

/** Like {@link printLine}, to where progress goes. */
export const noteLine = (context: CliContext, text: string): void => {
  context.stderr.write(`${safeLines(text)}\n`);
};

/** Writes the one JSON object that `--json` promises. */
export const printJson = (context: CliContext, value: unknown): void =>
  printLine(context, safeJson(JSON.stringify(value, null, 2)));

type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP';
const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Calls `heard` for every signal until the returned function is called. */
export function onSignals(context: CliContext, heard: (name: SignalName) => void): () => void {
  const undo = SIGNALS.map((name) => {
    const listener = () => heard(name);
    context.signals.on(name, listener);
    return () => context.signals.off(name, listener);
  });
  return () => {
    for (const off of undo) off();
  };
}
