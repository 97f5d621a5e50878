import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { boardSpecSchema } from '@greenrack/farm-protocol';
import { pino } from 'pino';
import { z } from 'zod';
import { messageOf } from './deadline.js';
import { examineBoards } from './discovery/examine-boards.js';
import { scanBoards } from './discovery/scan-boards.js';
import { examineInstruments, loadBoardDriver } from './drivers/registry.js';
import { NetworkPeers } from './network-peer/network-peers.js';

/*
 * What a person at the bench asks this machine, as one JSON object on stdout:
 *
 *   bench-main.js scan [root]                 boards that are plugged in
 *   bench-main.js doctor [exercise] < specs   what works of the boards on stdin
 */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function doctor(isExercised: boolean): Promise<unknown> {
  const specs = z.array(boardSpecSchema).parse(JSON.parse(await text(process.stdin)));
  const workDir = await mkdtemp(join(tmpdir(), 'greenrack-doctor-'));
  const log = pino({ level: 'warn' }, pino.destination(2));
  const peers = new NetworkPeers({ host: '127.0.0.1', onStandardPorts: false, log });
  try {
    const loadDriver = async (name: string) => await loadBoardDriver(name, { peers });
    const examineFixtures = examineInstruments;
    const how = { workDir, loadDriver, examineFixtures, isExercised };
    return { boards: await examineBoards(specs, how) };
  } finally {
    await peers.close();
    await rm(workDir, { recursive: true, force: true });
  }
}

async function main([command, option]: readonly string[]): Promise<number> {
  if (command !== 'scan' && command !== 'doctor') {
    process.stderr.write('usage: bench-main.js scan [root] | doctor [exercise] < specs.json\n');
    return EXIT_USAGE;
  }
  const answer =
    command === 'scan'
      ? { boards: await scanBoards(option ?? '/') }
      : await doctor(option === 'exercise');
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`greenrack bench: ${messageOf(error)}\n`);
  process.exitCode = EXIT_FAILED;
}
