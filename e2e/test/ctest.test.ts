import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagePath } from '../src/images.js';
import { ROOT, TestFarm } from '../src/test-farm.js';
import { cliEnv, runCli } from './support/run-cli.js';

const TARGET = 'FVP_MPS2_M3';
const run = promisify(execFile);

let tree: string;
let farm: TestFarm;
let junit: string;
let exitCode: number;

const project = (greenrack: string) => `
cmake_minimum_required(VERSION 3.19)
project(on_target LANGUAGES NONE)
enable_testing()
set(GREENRACK "${greenrack}" CACHE FILEPATH "")
include("${join(ROOT, 'farm-cli/cmake/Greenrack.cmake')}")
# As Mbed OS writes it: the runner is found by PATH.
foreach(app pass fail hang)
  add_test(NAME stock-\${app} COMMAND mbedhtrun -p /dev/none -f "${join(ROOT, 'build/firmware', TARGET)}/\${app}.bin"
    -e TESTS/host_tests -m ${TARGET} -R 3 --baud-rate=9600)
endforeach()
# As Mbed CE writes it: a script first builds a target that flashes, then calls the runner that CMake has found.
file(WRITE "\${CMAKE_BINARY_DIR}/run-pass.cmake" "
execute_process(COMMAND \${CMAKE_MAKE_PROGRAM} flash-pass WORKING_DIRECTORY \${CMAKE_BINARY_DIR} COMMAND_ERROR_IS_FATAL ANY)
set(MBEDHTRUN_ARGS -p;farm;--test-name;pass;--mbed-target;${TARGET};--build-dir;${join(ROOT, 'build/firmware', TARGET)};--skip-reset;--baud-rate=9600)
execute_process(COMMAND \${mbedhtrun} \\\${MBEDHTRUN_ARGS} COMMAND_ERROR_IS_FATAL ANY)
")
add_custom_target(pass)
add_test(NAME pass COMMAND \${CMAKE_COMMAND} -P run-pass.cmake WORKING_DIRECTORY "\${CMAKE_BINARY_DIR}")
# The image is known by the name of the test.
add_test(NAME smallest COMMAND mbedhtrun -p /dev/none --test-name smallest --mbed-target ${TARGET}
  --build-dir "${join(ROOT, 'build/firmware', TARGET)}" --skip-reset --sync-predelay 1 --reset-type cmake --baud-rate 9600)
add_test(NAME no-image COMMAND mbedhtrun -f none.bin -m ${TARGET})
add_test(NAME no-runner COMMAND mbedhtrun -f "${imagePath(TARGET, 'pass', 'bin')}" -m ${TARGET})
set_tests_properties(no-runner PROPERTIES ENVIRONMENT "GREENRACK=/nowhere/greenrack")
add_test(NAME no-farm COMMAND mbedhtrun -f "${imagePath(TARGET, 'pass', 'bin')}" -m ${TARGET})
set_tests_properties(no-farm PROPERTIES ENVIRONMENT "GREENRACK_URL=http://127.0.0.1:9")
greenrack_add_test(NAME own-crash IMAGE "${imagePath(TARGET, 'crash')}" TARGET ${TARGET})
greenrack_add_test(NAME own-echo IMAGE "${imagePath(TARGET, 'echo')}" TARGET ${TARGET} TIMEOUT 100)
`;

beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), 'greenrack-ctest-'));
  const greenrack = join(tree, 'greenrack');
  writeFileSync(
    greenrack,
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'farm-cli/dist/main.js')}" "$@"\n`,
  );
  chmodSync(greenrack, 0o755);
  writeFileSync(join(tree, 'CMakeLists.txt'), project(greenrack));
  farm = await TestFarm.start({ racks: [{ agent: 'lab', boards: { 'fvp-mps2-m3': 2 } }] });
  const path = `${join(ROOT, 'farm-cli/cmake/bin')}:${process.env.PATH}`;
  const env = { ...cliEnv(farm), PATH: path, GREENRACK: greenrack };
  const build = join(tree, 'build');
  const include = `-DCMAKE_PROJECT_INCLUDE=${join(ROOT, 'farm-cli/cmake/MbedCe.cmake')}`;
  const configure = ['-S', tree, '-B', build, include, '-Dmbedhtrun=/nowhere/mbedhtrun'];
  await run('cmake', configure, { env, timeout: 60_000 });
  const ctest = run(
    'ctest',
    ['-j4', '--output-junit', 'junit.xml', '--test-output-size-passed', '1000000'],
    {
      cwd: build,
      env,
      timeout: 200_000,
    },
  );
  exitCode = await ctest.then(
    () => 0,
    (error: { code: number }) => error.code,
  );
  junit = readFileSync(join(build, 'junit.xml'), 'utf8');
}, 240_000);
afterAll(async () => {
  await farm?.stop();
  rmSync(tree, { recursive: true, force: true });
}, 60_000);

/** Status, output of one test in CTest's report. */
function testcase(name: string): { status: string; output: string } {
  const found = new RegExp(
    `<testcase name="${name}"[^>]*status="([a-z]+)"[^>]*>([\\s\\S]*?)</testcase>`,
  ).exec(junit);
  return { status: found?.[1] ?? 'missing', output: found?.[2] ?? '' };
}

describe('ctest of a project, with the farm in place of mbedhtrun', () => {
  it.each([
    ['stock-pass', 'run', 'success'],
    ['stock-fail', 'fail', 'failure'],
    ['stock-hang', 'fail', 'timeout'],
    ['smallest', 'run', 'success'],
    ['pass', 'run', 'success'],
    ['own-crash', 'fail', 'failure'],
    ['own-echo', 'run', 'success'],
  ])('reports %s as %s (%s), with its console', (name, status, result) => {
    const test = testcase(name);
    expect({ status: test.status, result: /\{\{result;(\w+)\}\}/.exec(test.output)?.[1] }).toEqual({
      status,
      result,
    });
    expect(test.output).toContain('__version;1.3.0');
  });

  it.each(['no-image', 'no-runner', 'no-farm'])(
    'never passes a test that did not run: %s',
    (name) => {
      expect(testcase(name).status).toBe('fail');
      expect(testcase(name).output).not.toContain('result;success');
    },
  );

  it('is red as a whole', () => {
    expect(exitCode).not.toBe(0);
  });

  it('can be submitted as a whole, by what CTest lists', async () => {
    const args = [
      'submit',
      '--ctest',
      'build',
      '-n',
      'stock-*,own-echo,pass',
      '-i',
      'stock-hang',
      '--json',
    ];
    const { out, err, exitCode: code } = await runCli(farm, args, tree);
    if (out === '') throw new Error(err);
    const { runs } = JSON.parse(out) as { runs: { name: string; verdict: string }[] };
    expect(runs.map((each) => [each.name, each.verdict])).toEqual([
      ['stock-pass', 'pass'],
      ['stock-fail', 'fail'],
      ['pass', 'pass'],
      ['own-echo', 'pass'],
    ]);
    expect(code).toBe(1);
  }, 90_000);
});
