import type { HostTest } from '@greenrack/farm-protocol';
import { defaultAlias, defaultAuto } from './default-auto.js';
import { devNullAuto } from './dev-null-auto.js';
import { deviceEcho } from './device-echo.js';
import { echo } from './echo.js';
import { helloAuto } from './hello-auto.js';
import { serialComms } from './serial-comms.js';

const HOST_TESTS: readonly HostTest[] = [
  defaultAuto,
  defaultAlias,
  echo,
  deviceEcho,
  serialComms,
  helloAuto,
  devNullAuto,
];

/** Every host test of this version, by the name that firmware asks for. */
export function createHostTests(): ReadonlyMap<string, HostTest> {
  return new Map(HOST_TESTS.map((test) => [test.name, test]));
}
