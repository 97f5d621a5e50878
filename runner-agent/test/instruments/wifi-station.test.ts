import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProbeLine } from '../../../e2e/src/emulators/probe-line.js';
import { StandInTool, type ToolRule } from '../../../e2e/src/emulators/stand-in-tool.js';
import type { LentInstruments } from '../../src/contracts/instruments.js';
import { lendInstruments } from '../../src/drivers/instruments.js';

jest.setTimeout(60_000);
const LONG_MS = 50_000;
const NETWORK = { ssid: 'MBEDSoftAPTest', password: 'abcd1234' };
const UNKNOWN: ToolRule = { when: 'delete', exit: 10, stderr: 'Error: unknown connection' };
const ADDRESS: ToolRule = { when: 'IP4.ADDRESS', stdout: '192.168.10.2/24\n' };
const DONE: ToolRule = { stdout: 'done\n' };

let dir: string;
let nmcli: StandInTool;
let ping: StandInTool;
const lents: LentInstruments[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-wifi-test-'));
  nmcli = new StandInTool(dir, 'nmcli', [UNKNOWN, ADDRESS, DONE]);
  ping = new StandInTool(dir, 'ping', [{ exit: 0 }]);
});
afterEach(async () => {
  for (const lent of lents.splice(0)) await lent.release();
  rmSync(dir, { recursive: true, force: true });
});

function lend(fixture = 'wifi-station:wlan1'): LentInstruments {
  const lent = lendInstruments([fixture], { wifi: { nmcli: nmcli.path, ping: ping.path } });
  lents.push(lent);
  return lent;
}

const verbs = (): string[] =>
  nmcli.calls.map((args) => args.find((arg) => /^(add|up|delete|show|device)$/.test(arg)) ?? '');

describe('a Wi-Fi card', () => {
  it('joins a network with a connection of its own and tells its address', async () => {
    expect(await lend().instruments['wifi-station'].join(NETWORK, 30_000)).toEqual({
      how: 'joined',
      address: '192.168.10.2',
    });
    const [, add, up] = nmcli.calls;
    expect(add?.join(' ')).toBe(
      'connection add save no type wifi ifname wlan1 con-name greenrack-wlan1 ssid MBEDSoftAPTest autoconnect no wifi-sec.key-mgmt wpa-psk ipv4.never-default yes ipv6.method disabled',
    );
    expect(up?.slice(0, 7)).toEqual([
      '--wait',
      '30',
      'connection',
      'up',
      'id',
      'greenrack-wlan1',
      'passwd-file',
    ]);
  });

  it('keeps the password out of every argument, in a file that is gone afterwards', async () => {
    let secret = '';
    let mode = 0;
    const daemon = await ProbeLine.listen(join(dir, 'daemon'), async (argv) => {
      const file = argv.at(-1) ?? '';
      secret = readFileSync(file, 'utf8');
      mode = statSync(file).mode & 0o777;
      return {};
    });
    nmcli.behave([UNKNOWN, ADDRESS, { when: 'passwd-file', tell: daemon.path }, DONE]);
    await lend().instruments['wifi-station'].join(NETWORK, LONG_MS);
    daemon.close();
    expect([secret, mode]).toEqual(['802-11-wireless-security.psk:abcd1234\n', 0o600]);
    expect(JSON.stringify(nmcli.calls)).not.toContain('abcd1234');
    const files = nmcli.calls.flatMap((args) => args.filter((arg) => arg.endsWith('secrets')));
    expect(files.map((file) => existsSync(file))).toEqual([false]);
  });

  it.each([
    [3, 'Error: Timeout expired (30 seconds)'],
    [4, 'Error: Connection activation failed: The Wi-Fi network could not be found'],
    [4, 'Error: Connection activation failed: Secrets were required, but not provided'],
    [4, 'Error: Connection activation failed: IP configuration could not be reserved'],
  ])('is refused by the board when nmcli ends with %i: %s', async (exit, stderr) => {
    nmcli.behave([UNKNOWN, { when: 'passwd-file', exit, stderr: `${stderr}\n` }, DONE]);
    expect(await lend().instruments['wifi-station'].join(NETWORK, 30_000)).toEqual({
      how: 'refused',
      detail: stderr,
    });
  });

  it('is refused by a board that leases no address', async () => {
    nmcli.behave([UNKNOWN, { when: 'IP4.ADDRESS', stdout: '\n' }, DONE]);
    expect(await lend().instruments['wifi-station'].join(NETWORK, 30_000)).toEqual({
      how: 'refused',
      detail: expect.stringContaining('got no address'),
    });
  });

  it.each<[string, ToolRule]>([
    ['NetworkManager is not running', { exit: 8, stderr: 'Error: NetworkManager is not running.' }],
    ['not authorized', { exit: 4, stderr: 'Error: not authorized to control networking.' }],
    ['is not available', { exit: 4, stderr: 'Error: device wlan1 is not available' }],
  ])('cannot be used on a machine that says: %s', async (words, rule) => {
    nmcli.behave([UNKNOWN, { when: 'passwd-file', ...rule }, DONE]);
    await expect(lend().instruments['wifi-station'].join(NETWORK, LONG_MS)).rejects.toThrow(words);
  });

  it('cannot be used on a machine without nmcli', async () => {
    rmSync(nmcli.path);
    await expect(lend().instruments['wifi-station'].join(NETWORK, LONG_MS)).rejects.toThrow(
      'Install NetworkManager',
    );
  });

  it('is chosen when it is the only free one, also after a run that was cut off', async () => {
    const table = 'eth0:ethernet:connected:lan\nwlan0:wifi:connected:home\n';
    for (const free of ['wlan5:wifi:disconnected:', 'wlan5:wifi:connected:greenrack-wlan5']) {
      const listing = { when: 'DEVICE,TYPE', stdout: `${table}${free}\n` };
      nmcli.behave([listing, UNKNOWN, ADDRESS, DONE]);
      const lent = lend('wifi-station');
      await lent.instruments['wifi-station'].join(NETWORK, LONG_MS);
      await lent.release();
      expect(nmcli.calls.find(([, verb]) => verb === 'add')).toContain('wlan5');
    }
  });

  it.each(['wlan0:wifi:connected:home', 'wlan1:wifi:disconnected:\nwlan2:wifi:disconnected:'])(
    'is not chosen from %j',
    async (stdout) => {
      nmcli.behave([{ when: 'DEVICE,TYPE', stdout }, DONE]);
      await expect(
        lend('wifi-station').instruments['wifi-station'].join(NETWORK, LONG_MS),
      ).rejects.toThrow('Name the one to use in the fixture');
    },
  );

  it('leaves the network when it is told to, and when the run ends', async () => {
    const lent = lend();
    await lent.instruments['wifi-station'].join(NETWORK, LONG_MS);
    await lent.instruments['wifi-station'].leave();
    expect(verbs()).toEqual(['delete', 'add', 'up', 'device', 'delete']);
    await lent.instruments['wifi-station'].join(NETWORK, LONG_MS);
    await lent.release();
    expect(verbs().slice(5)).toEqual(['delete', 'add', 'up', 'device', 'delete']);
  });

  it('is had by one run at a time', async () => {
    const [first, second] = [lend(), lend()];
    await first.instruments['wifi-station'].join(NETWORK, LONG_MS);
    await expect(second.instruments['wifi-station'].join(NETWORK, 10)).rejects.toThrow(
      "another run's Wi-Fi card wlan1",
    );
    const joining = second.instruments['wifi-station'].join(NETWORK, LONG_MS);
    await first.release();
    expect(await joining).toMatchObject({ how: 'joined' });
  });

  it('pings over this card only', async () => {
    const lent = lend();
    expect(await lent.instruments['wifi-station'].ping('192.168.10.1', 5000)).toBe(true);
    expect(ping.calls).toEqual([['-n', '-c', '1', '-W', '5', '-I', 'wlan1', '192.168.10.1']]);
    ping.behave([{ exit: 1 }]);
    expect(await lent.instruments['wifi-station'].ping('192.168.10.1', 5000)).toBe(false);
    ping.behave([{ exit: 2, stderr: 'ping: unknown iface wlan1' }]);
    await expect(lent.instruments['wifi-station'].ping('192.168.10.1', 5000)).rejects.toThrow(
      'unknown iface',
    );
    await expect(lent.instruments['wifi-station'].ping('-f', 5000)).rejects.toThrow(
      'expected an IPv4 address',
    );
  });
});
