import { randomUUID } from 'node:crypto';
import { cleanText } from '@greenrack/farm-protocol';
import type { CliStream } from '../cli-context.js';

/** Errors that GitHub shows of one step; it drops the rest without a word. */
export const MAX_ANNOTATIONS = 10;
const MAX_MESSAGE_CHARS = 4_000;
const MAX_TITLE_CHARS = 200;

/** What a failure says at its line. */
export interface StepAnnotation {
  readonly title: string;
  readonly message: string;
  /** Below the workspace. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** `::error file=…,line=…,title=…::message`: whatever firmware wrote, it ends where its field ends. */
export function errorCommand({ title, message, file, line }: StepAnnotation): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${property(file)}`]),
    ...(file === undefined || line === undefined ? [] : [`line=${line}`]),
    `title=${property(title.slice(0, MAX_TITLE_CHARS))}`,
  ];
  return `::error ${properties.join(',')}::${data(message.slice(0, MAX_MESSAGE_CHARS))}`;
}

const data = (text: string): string =>
  cleanText(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/**
 * Has the runner take nothing for a command while `work` goes on: names and messages of firmware are printed there, and a
 * line of theirs could begin with `::`.
 */
export async function withoutCommands<T>(stream: CliStream, work: () => Promise<T>): Promise<T> {
  const word = randomUUID();
  stream.write(`::stop-commands::${word}\n`);
  try {
    return await work();
  } finally {
    stream.write(`\n::${word}::\n`);
  }
}
