import { createHash } from 'node:crypto';
import { callCli } from './call-cli.js';
import { dir, fake, put } from './cli-bench.js';

export const BASE = './BUILD/tests/K64F/GCC_ARM';
export const TIMER = 'tests-mbed_drivers-timer';
export const CRC = 'hal-tests-tests-mbed_hal-crc';

export const sha = (text: string) => createHash('sha256').update(text).digest('hex');

export const binaryOf = (test: string, base = BASE) => `${base}/${test}/${test}.bin`;

/** A build as Mbed's tools describe it, with its images on disk unless `absent` names them. */
export function build(tests: readonly string[], more: object = {}, absent: readonly string[] = []) {
  const entries = tests.map((test) => {
    if (!absent.includes(test)) put(binaryOf(test), `image of ${test}`);
    return [test, { binaries: [{ binary_type: 'bootable', path: binaryOf(test) }] }];
  });
  const tested = Object.fromEntries(entries) as object;
  return {
    platform: 'K64F',
    toolchain: 'GCC_ARM',
    base_path: BASE,
    baud_rate: 9600,
    tests: tested,
    ...more,
  };
}

export const spec = (builds: object, file = `${BASE}/test_spec.json`) => put(file, { builds });
export const submit = (args: string[], cwd = dir.path) =>
  callCli(['submit', '--no-wait', ...args], { cwd, url: fake.url });
