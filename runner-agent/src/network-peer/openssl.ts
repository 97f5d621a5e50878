import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../drivers/tool/run-tool.js';

const TOOL_MS = 20_000;

/** Key and certificate in PEM. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

/** A certificate to be made. */
export interface CertificateWish {
  /** Private key of its holder, in PEM. */
  readonly key: string;
  /** Common name. */
  readonly subject: string;
  readonly days: number;
  /** Lines of OpenSSL's extension sections. */
  readonly extensions: readonly string[];
  /** Who signs it; without one it signs itself. */
  readonly issuer?: Credentials;
  /** For files that only the agent may read; removed by the caller. */
  readonly workDir: string;
}

/** Makes a certificate with the `openssl` program, since Node.js can read certificates but not make them. Answers PEM. */
export async function issueCertificate(wish: CertificateWish): Promise<string> {
  await mkdir(wish.workDir, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(wish.workDir, name);
  const put = async (name: string, text: string) =>
    await writeFile(at(name), text, { mode: 0o600 });
  await put('config', configOf(wish));
  await put('key', wish.key);
  await put('issuer.key', wish.issuer?.key ?? '');
  await put('issuer.pem', wish.issuer?.cert ?? '');
  // Positive, and as long as the rules for public authorities ask.
  const serial = `0x40${randomBytes(15).toString('hex')}`;
  const asked = ['req', '-new', '-config', at('config'), '-key', at('key'), '-sha256'];
  const lasting = ['-days', String(wish.days), '-set_serial', serial, '-out', at('certificate')];
  if (!wish.issuer) await openssl([...asked, '-x509', '-extensions', 'v3', ...lasting]);
  else {
    await openssl([...asked, '-out', at('request')]);
    const signing = ['-CA', at('issuer.pem'), '-CAkey', at('issuer.key'), '-sha256'];
    const extending = ['-extfile', at('config'), '-extensions', 'v3'];
    await openssl(['x509', '-req', '-in', at('request'), ...signing, ...extending, ...lasting]);
  }
  return await readFile(at('certificate'), 'utf8');
}

function configOf({ subject, extensions, issuer }: CertificateWish): string {
  return [
    '[req]\ndistinguished_name = subject\nprompt = no',
    `[subject]\nO = Greenrack\nCN = ${subject}`,
    '[v3]\nsubjectKeyIdentifier = hash',
    ...(issuer ? ['authorityKeyIdentifier = keyid'] : []),
    ...extensions,
    '',
  ].join('\n');
}

async function openssl(args: readonly string[]): Promise<void> {
  const call = { executable: 'openssl', args, timeoutMs: TOOL_MS };
  const { how, code, output } = await runTool(call, AbortSignal.timeout(2 * TOOL_MS));
  if (how === 'missing')
    throw new Error('the program openssl is missing. Install it (Debian: apt-get install openssl)');
  if (how !== 'exit' || code !== 0)
    throw new Error(`openssl ${args[0]}: ${how} ${code ?? ''}: ${output.trim()}`);
}
