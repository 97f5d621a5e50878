import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { FarmError, type NoticeTarget, noticeTargetSchema } from '@greenrack/farm-protocol';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a farm's key is used for: no two uses share a key. */
const keyFor = (key: string, use: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `greenrack ${use}`, 32));

/** A target as it is stored: URLs of webhooks are secrets. It opens for its own subscription only. */
export function sealTarget(key: string, subscriptionId: string, target: NoticeTarget): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyFor(key, 'targets'), nonce);
  cipher.setAAD(Buffer.from(subscriptionId));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(target)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** @throws FarmError `unavailable` when it was sealed with another key */
export function openTarget(key: string, subscriptionId: string, sealed: string): NoticeTarget {
  const bytes = Buffer.from(sealed, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, keyFor(key, 'targets'), nonce);
    decipher.setAAD(Buffer.from(subscriptionId));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const rest = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    const text = Buffer.concat([decipher.update(rest), decipher.final()]).toString();
    return noticeTargetSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `the target of ${subscriptionId} was stored with another key than that of GREENRACK_NOTIFY_KEY_FILE: remove the subscription and add it anew`;
    throw new FarmError('unavailable', message, { cause });
  }
}

/** What a webhook's messages are signed with. It is stored nowhere. */
export const webhookSecret = (key: string, subscriptionId: string): string =>
  createHmac('sha256', keyFor(key, 'webhooks')).update(subscriptionId).digest('hex');

/** `sha256=…` over timestamp, dot and body. */
export const signatureOf = (secret: string, timestampS: number, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(`${timestampS}.${body}`).digest('hex')}`;
