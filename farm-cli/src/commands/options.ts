import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../cli-context.js';
import { FarmClient } from '../client/farm-client.js';
import { type Connection, connectionOf } from '../settings.js';

/** What every command works in; `end` takes its exit code. */
export interface CommandWorld {
  readonly context: CliContext;
  readonly end: (exitCode: number) => void;
}

export interface FarmOptions {
  readonly url?: string;
}

/** Adds the option that every command has that talks to a farm. */
export function withFarm(command: Command): Command {
  return command.option('--url <url>', 'base URL of the farm (default: GREENRACK_URL)');
}

/** The farm that the options and the environment name. */
export function farmOf(
  context: CliContext,
  options: FarmOptions,
): { client: FarmClient; connection: Connection } {
  const connection = connectionOf(context, options.url);
  return { client: new FarmClient(connection), connection };
}

/** Parser of an option: a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  };
}

/** Parser of an option: seconds, with a fraction if wanted; gives milliseconds. */
export function seconds(text: string): number {
  const value = /^\d{1,8}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 86_400) return Math.round(value * 1000);
  throw new InvalidArgumentError('expected seconds from 0.1 to 86400.');
}

/** Parser of an option that may be given several times. */
export const collected = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  text,
];
