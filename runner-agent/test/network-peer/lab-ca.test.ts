import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { LabCa } from '../../src/network-peer/lab-ca.js';
import { NetworkPeers } from '../../src/network-peer/network-peers.js';
import { received } from '../support/peer-clients.js';

const DAY_MS = 86_400_000;
const said: string[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
const hosts = ['echo.greenrack.test', '127.99.7.2', '::1'];
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-ca-'));
  said.length = 0;
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(dir, { recursive: true });
});

const newCa = (more: readonly string[] = []) => new LabCa({ dir, hosts: [...hosts, ...more], log });
const caPem = () => readFileSync(join(dir, 'ca.pem'), 'utf8');

describe('the lab CA', () => {
  it('signs for every name and address of the peers', async () => {
    const certificate = new X509Certificate((await newCa().credentials()).cert);
    const ca = new X509Certificate(caPem());
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect([ca.ca, certificate.ca]).toEqual([true, false]);
    expect(certificate.checkHost('echo.greenrack.test')).toBeDefined();
    expect(certificate.checkHost('example.com')).toBeUndefined();
    expect(certificate.checkIP('127.99.7.2')).toBeDefined();
    // Libraries on boards compare names only, with whatever they were given.
    expect(certificate.subjectAltName).toContain('DNS:127.99.7.2');
  });

  it('keeps its keys to itself, and nothing else', async () => {
    await newCa().credentials();
    const modes = readdirSync(dir).map((name) => [name, statSync(join(dir, name)).mode & 0o777]);
    expect(modes).toEqual(
      ['ca.key', 'ca.pem', 'server.key', 'server.pem'].map((name) => [name, 0o600]),
    );
  });

  it('is the same after a restart, and says so once when it is new', async () => {
    const first = await newCa().credentials();
    expect(said.filter((line) => line.includes('a new lab CA'))).toHaveLength(1);
    const ca = caPem();
    expect(await newCa().credentials()).toEqual(first);
    expect(caPem()).toBe(ca);
    expect(said).toHaveLength(1);
  });

  it('signs anew for another address, with the authority that images know', async () => {
    const first = await newCa().credentials();
    const ca = caPem();
    const second = await newCa(['192.0.2.9']).credentials();
    expect(new X509Certificate(second.cert).checkIP('192.0.2.9')).toBeDefined();
    expect(second.cert).not.toBe(first.cert);
    expect(caPem()).toBe(ca);
  });

  it('renews the certificate of a running agent before it ends', async () => {
    const ca = newCa();
    const first = await ca.credentials();
    expect(await ca.credentials()).toBe(first);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] });
    jest.setSystemTime(Date.now() + 320 * DAY_MS);
    const second = await ca.credentials();
    expect(second.cert).not.toBe(first.cert);
    expect(new X509Certificate(second.cert).verify(new X509Certificate(caPem()).publicKey)).toBe(
      true,
    );
  });

  it.each(['ca.key', 'ca.pem', 'server.key'])('is made anew when %s is damaged', async (name) => {
    await newCa().credentials();
    writeFileSync(join(dir, name), 'rotten');
    const { cert } = await newCa().credentials();
    expect(new X509Certificate(cert).verify(new X509Certificate(caPem()).publicKey)).toBe(true);
    expect(said.join()).toMatch(/is made anew/);
  });

  it('says what to install when openssl is missing, and the peers go without TLS', async () => {
    const path = process.env.PATH;
    const peers = new NetworkPeers({ host: '127.0.0.1', onStandardPorts: false, ca: newCa(), log });
    try {
      process.env.PATH = dir;
      const ports = await peers.ports();
      expect(ports.filter(({ port }) => port > 2000 && port < 3000)).toEqual([]);
      expect(said.join()).toMatch(/without TLS: .*openssl is missing.*apt-get install openssl/);
    } finally {
      process.env.PATH = path;
      await peers.close();
    }
  });
});

describe('the peers behind TLS', () => {
  let peers: NetworkPeers;
  beforeEach(() => {
    peers = new NetworkPeers({ host: '127.0.0.1', onStandardPorts: false, ca: newCa(), log });
  });
  afterEach(async () => await peers.close());

  async function open(service: number, more: ConnectionOptions = {}): Promise<TLSSocket> {
    const port = (await peers.ports()).find((peer) => peer.port === service)?.hostPort;
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'echo.greenrack.test',
      ca: caPem(),
      ...more,
    });
    await once(socket, 'secureConnect');
    return socket;
  }

  it('echo to whoever trusts the lab’s authority, in TLS 1.2 as boards speak it', async () => {
    const socket = await open(2007, { maxVersion: 'TLSv1.2' });
    expect([socket.authorized, socket.getProtocol()]).toEqual([true, 'TLSv1.2']);
    const sent = Buffer.alloc(100_000, 'secret');
    socket.end(sent);
    expect((await received(socket)).equals(sent)).toBe(true);
  });

  it('tell the day, generate characters and discard', async () => {
    expect((await received(await open(2013))).toString()).toMatch(/GMT\r\n$/);
    const chargen = await open(2019);
    expect(await received(chargen, 50_000)).toHaveLength(50_000);
    chargen.destroy();
    const discard = await open(2009);
    discard.end('anything');
    expect(await received(discard)).toHaveLength(0);
  });

  it('are refused by whoever does not', async () => {
    await peers.ports();
    await expect(open(2007, { ca: [] })).rejects.toThrow(/certificate/);
    await expect(open(2007, { servername: 'example.com' })).rejects.toThrow(/does not match/);
    // Those that were refused have spoilt nothing.
    expect((await open(2007)).destroy().authorized).toBe(true);
  });
});
