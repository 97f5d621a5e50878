import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What CMake writes into each build folder for CTest. */
const FILE_NAME = 'CTestTestfile.cmake';
/** A folder of 10 000 tests stays below it. */
const MAX_BYTES = 16 * 1024 * 1024;
/*
 *   add_test([=[name]=] "program" "argument"…)
 *   set_tests_properties([=[name]=] PROPERTIES … WILL_FAIL "TRUE" …)
 * A name without special characters stands bare.
 */
const NAME = String.raw`(?:\[(?<mark>=*)\[(?<bracketed>.*?)\]\k<mark>\]|(?<bare>.+?))`;
const TEST = new RegExp(String.raw`^add_test\(${NAME} (?<command>".*"\))$`, 'gm');
const PROPERTIES = new RegExp(
  String.raw`^set_tests_properties\(${NAME} PROPERTIES (?<properties>.*)$`,
  'gm',
);
const WILL_FAIL = /\bWILL_FAIL "(?:TRUE|ON|YES|Y|1)"/i;

/**
 * Whether CTest expects this call to fail, so that it takes every exit code but 0 for a success. It does not tell the
 * program that it starts; that stands only in the build folder, where it starts it.
 */
export function willFail(cwd: string, args: readonly string[]): boolean {
  const file = join(cwd, FILE_NAME);
  if (!existsSync(file) || statSync(file).size > MAX_BYTES) return false;
  const text = readFileSync(file, 'utf8');
  const end = `${args.map(quoted).join(' ')})`;
  const names = new Set(args.flatMap((arg, i) => (args[i - 1] === '--test-name' ? arg : [])));
  for (const { groups = {} } of text.matchAll(TEST))
    if (groups.command?.endsWith(end)) names.add(nameIn(groups));
  return [...text.matchAll(PROPERTIES)].some(
    ({ groups = {} }) => names.has(nameIn(groups)) && WILL_FAIL.test(groups.properties ?? ''),
  );
}

const nameIn = ({ bracketed, bare = '' }: Readonly<Record<string, string | undefined>>): string =>
  bracketed ?? bare;

const quoted = (argument: string): string => `"${argument.replace(/[\\"]/g, '\\$&')}"`;
