import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';

/*
 * How CTest starts an on-target test:
 *   mbedhtrun -f <image> -m <target> …                  Mbed OS 6, and through us `ctest-run …`
 *   cmake -P mbed-run-greentea-<test>.cmake             Mbed CE: flashes, then calls mbedhtrun, with a line
 *     set(MBEDHTRUN_ARGS -p;<port>;--test-name;<test>;--mbed-target;<target>;--build-dir;<folder>…)
 */
const RUNNER = /^(mbedhtrun|ctest-run)(\.exe)?$/;
const CMAKE = /^cmake(\.exe)?$/;
const ARGUMENTS = /^[ \t]*set\(MBEDHTRUN_ARGS[ \t]+([^)\n]*)\)/m;
/** A script of a few lines; more is none of Mbed CE's. */
const MAX_SCRIPT_BYTES = 64 * 1024;

/**
 * The arguments that the stock runner would get; undefined when the command does not end up in it.
 * @param folder - where CTest would run the command
 */
export function runnerCall(command: readonly string[], folder: string): string[] | undefined {
  const at = command.findIndex((word) => RUNNER.test(basename(word)));
  if (at >= 0) return command.slice(at + 1);
  const [program = '', flag, script] = command;
  if (!CMAKE.test(basename(program)) || flag !== '-P' || script === undefined) return undefined;
  return callInScript(resolve(folder, script));
}

function callInScript(path: string): string[] | undefined {
  if (!existsSync(path) || statSync(path).size > MAX_SCRIPT_BYTES) return undefined;
  const list = ARGUMENTS.exec(readFileSync(path, 'utf8'))?.[1];
  return list?.split(/[;\s]+/).filter((word) => word !== '');
}
