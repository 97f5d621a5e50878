import { FarmError } from '@greenrack/farm-protocol';
import { readPrivateFile } from '../web/private-file.js';

/** A key of fewer characters could be tried out. */
const MIN_KEY_CHARS = 32;

/** What the environment says of notices. */
export interface NotifyEnvironment {
  readonly keyFile?: string;
  readonly smtpUrl?: string;
  readonly smtpPasswordFile?: string;
  readonly mailFrom?: string;
  /** Addresses and networks that webhooks may reach although they are private. */
  readonly networks: readonly string[];
  readonly publicUrl?: string;
}

/** Where mail is handed over. */
export interface MailSettings {
  readonly url: string;
  readonly password?: string;
  readonly from: string;
}

export interface NotifySettings {
  /** Seals targets and makes the secrets of webhooks; without it there are no subscriptions. */
  readonly key?: string;
  readonly mail?: MailSettings;
  readonly networks: readonly string[];
  readonly publicUrl?: string;
}

/** Reads the files that the environment names. @throws FarmError `invalid_configuration` */
export async function readNotifySettings(env: NotifyEnvironment): Promise<NotifySettings> {
  const { networks, publicUrl, keyFile } = env;
  const mail = await mailOf(env);
  const given = { networks, ...(publicUrl !== undefined && { publicUrl }), ...(mail && { mail }) };
  if (keyFile === undefined) return given;
  const key = (await readPrivateFile('key of notices', keyFile)).trim();
  if (key.length >= MIN_KEY_CHARS) return { ...given, key };
  const message = `${keyFile}: expected at least ${MIN_KEY_CHARS} characters, such as from: openssl rand -hex 32`;
  throw new FarmError('invalid_configuration', message);
}

async function mailOf(env: NotifyEnvironment): Promise<MailSettings | undefined> {
  const { smtpUrl: url, mailFrom: from, smtpPasswordFile } = env;
  if (url === undefined) return undefined;
  if (from === undefined)
    throw new FarmError('invalid_configuration', 'mail needs GREENRACK_MAIL_FROM as well');
  if (smtpPasswordFile === undefined) return { url, from };
  const password = (await readPrivateFile('password for mail', smtpPasswordFile)).trim();
  return { url, from, password };
}
