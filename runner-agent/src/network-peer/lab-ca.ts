import { createPrivateKey, generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../deadline.js';
import type { Logger } from '../logger.js';
import { writeDurably } from '../storage/durable-file.js';
import { type Credentials, issueCertificate } from './openssl.js';

const generate = promisify(generateKeyPair);
const DAY_MS = 86_400_000;
/** Long: a new one has to be built into every test image. */
const CA_DAYS = 3650;
const SERVER_DAYS = 397;
/** A certificate that ends sooner than this is replaced. */
const MARGIN_MS = 90 * DAY_MS;
/** A renewal that failed is tried again after this. */
const AGAIN_MS = 3_600_000;

export interface LabCaOptions {
  /** Gets `ca.pem`, which test images are built with, and the keys, readable by the agent only. */
  readonly dir: string;
  /** Names and addresses under which boards reach the peers. */
  readonly hosts: readonly string[];
  readonly log: Logger;
}

/**
 * The lab's own certificate authority, made when it is first needed. Its keys are on the curve P-256: Mbed TLS
 * knows it in every usual configuration, and they are made in no time.
 */
export class LabCa {
  readonly #options: LabCaOptions;
  #current: Promise<Credentials> | undefined;
  #renewMs = Number.POSITIVE_INFINITY;

  constructor(options: LabCaOptions) {
    this.#options = options;
  }

  /** What the peers' servers show; another one when the last is about to end. @throws Error that says what to do */
  credentials(): Promise<Credentials> {
    const before = this.#current;
    if (before && Date.now() < this.#renewMs) return before;
    this.#renewMs = Date.now() + AGAIN_MS;
    const loading = this.#load();
    this.#current = loading;
    loading.catch((error: unknown) => {
      // The caller has the error as well; the next one tries anew.
      this.#current = before;
      if (before) this.#options.log.error(`the TLS peers need a certificate: ${messageOf(error)}`);
    });
    return loading;
  }

  async #load(): Promise<Credentials> {
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 });
    const ca = (await this.#read('ca')) ?? (await this.#makeCa());
    const server = (await this.#readServer(ca)) ?? (await this.#makeServer(ca));
    this.#renewMs = endMs(server) - MARGIN_MS;
    return server;
  }

  #path(name: string): string {
    return join(this.#options.dir, name);
  }

  /** Undefined when there is none that is whole and good for some time. */
  async #read(name: string): Promise<Credentials | undefined> {
    try {
      const key = await readFile(this.#path(`${name}.key`), 'utf8');
      const cert = await readFile(this.#path(`${name}.pem`), 'utf8');
      const isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
      return isPair && endMs({ cert }) - Date.now() > MARGIN_MS ? { key, cert } : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#options.log.warn(`${this.#path(name)} is made anew: ${messageOf(error)}`);
      return undefined;
    }
  }

  async #readServer(ca: Credentials): Promise<Credentials | undefined> {
    const server = await this.#read('server');
    if (!server) return undefined;
    const certificate = new X509Certificate(server.cert);
    const isFor = (host: string): boolean =>
      (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
    const isSigned = certificate.verify(new X509Certificate(ca.cert).publicKey);
    return isSigned && this.#options.hosts.every(isFor) ? server : undefined;
  }

  async #makeCa(): Promise<Credentials> {
    // Two labs' authorities must not look the same to who trusts both.
    const subject = `Greenrack lab CA ${randomBytes(4).toString('hex')}`;
    const extensions = [
      'basicConstraints = critical, CA:TRUE, pathlen:0',
      'keyUsage = critical, keyCertSign, cRLSign',
    ];
    const ca = await this.#make('ca', { subject, days: CA_DAYS, extensions });
    this.#options.log.info(`a new lab CA: build ${this.#path('ca.pem')} into images that test TLS`);
    return ca;
  }

  async #makeServer(issuer: Credentials): Promise<Credentials> {
    // An address also as a name: TLS libraries on boards compare only those.
    const names = this.#options.hosts.flatMap((host) =>
      isIP(host) === 0 ? [`DNS:${host}`] : [`IP:${host}`, `DNS:${host}`],
    );
    const extensions = [
      'basicConstraints = critical, CA:FALSE',
      'keyUsage = critical, digitalSignature',
      'extendedKeyUsage = serverAuth',
      `subjectAltName = ${names.join(', ')}`,
    ];
    const subject = this.#options.hosts[0] ?? 'localhost';
    return await this.#make('server', { subject, days: SERVER_DAYS, extensions, issuer });
  }

  async #make(
    name: string,
    wish: Omit<Parameters<typeof issueCertificate>[0], 'key' | 'workDir'>,
  ): Promise<Credentials> {
    const { privateKey } = await generate('ec', { namedCurve: 'prime256v1' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const workDir = this.#path('making');
    try {
      const cert = await issueCertificate({ ...wish, key, workDir });
      // The key first: a certificate without its key is made anew.
      await writeDurably(this.#path(`${name}.key`), key);
      await writeDurably(this.#path(`${name}.pem`), cert);
      return { key, cert };
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }
}

function endMs({ cert }: Pick<Credentials, 'cert'>): number {
  return Date.parse(new X509Certificate(cert).validTo);
}
