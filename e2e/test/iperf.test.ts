import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, it } from '@jest/globals';
import { freePort } from '../src/free-port.js';
import { BARE_TARGETS, bareBoard, Talker } from './support/bare-board.js';

/*
 * Firmware against the iperf of others, without a farm: there a board's network leads to the agent's peers and nowhere else.
 * Here QEMU's user network leads to this machine, and from it to the board.
 */
const run = promisify(execFile);
const KIB_256 = 256 * 1024;
/** Bytes, as `-f B` has iperf write them. */
const CARRIED = /sec +(\d+) Bytes/;
const REPORT = /sec +(\d+) Bytes .* ms +(\d+)\/ *(\d+) \(/;

const talkers: Talker[] = [];
afterEach(() => {
  for (const talker of talkers.splice(0)) talker.kill();
});

function talking(talker: Talker): Talker {
  talkers.push(talker);
  return talker;
}

async function iperfServer(port: number, ...more: string[]): Promise<Talker> {
  const args = ['-s', '-B', '127.0.0.1', '-p', String(port), '-f', 'B', ...more];
  const server = talking(new Talker('iperf', args));
  await server.until(/^Server listening/);
  return server;
}

it.each(BARE_TARGETS)(
  'iperf and a board measure each other, by TCP and UDP both ways: %s',
  async (target) => {
    const [inbound, outbound] = [await freePort(), await freePort()];
    const forwarded = ['tcp', 'udp'].map((name) => `hostfwd=${name}:127.0.0.1:${inbound}-:5001`);
    const network = `user,model=lan9118,${forwarded.join(',')}`;
    const board = talking(bareBoard(target, 'net_iperf', network));
    const client = async (...more: string[]) =>
      (await run('iperf', ['-c', '127.0.0.1', '-p', String(inbound), '-f', 'B', ...more])).stdout;

    await board.until(/^\{\{__testcase_start;a client sends by TCP/);
    expect(CARRIED.exec(await client('-n', '256K'))?.[1]).toBe(String(KIB_256));
    expect(await board.metric('iperf.tcp.received.bytes')).toBe(KIB_256);

    await board.until(/^\{\{__testcase_start;a client sends by UDP/);
    const report = (await client('-u', '-b', '2M', '-n', '64K')).split('Server Report')[1] ?? '';
    const [, told, lost] = REPORT.exec(report) ?? [];
    expect(await board.metric('iperf.udp.received.lost')).toBe(Number(lost));
    expect(await board.metric('iperf.udp.received.bytes')).toBe(Number(told));

    const [tcp, udp] = [await iperfServer(outbound), await iperfServer(outbound, '-u')];
    await board.until(/^\{\{iperf_port;/);
    board.say(`{{iperf_port;${outbound}}}\n`);
    // It does not count the first word when that holds no flags.
    expect([KIB_256, KIB_256 - 4]).toContain(Number((await tcp.until(CARRIED))[0]));
    expect(Number((await udp.until(REPORT))[0])).toBe(
      await board.metric('iperf.udp.reported.bytes'),
    );
    await board.until(/^\{\{end;success\}\}/);
  },
);
