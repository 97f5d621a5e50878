import { createTransport } from 'nodemailer';
import type { MailSettings } from './notify-settings.js';
import { RefusedError } from './refused.js';

const TIMEOUT_MS = 15_000;

/** A message for a mailbox. */
export interface MailMessage {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands a message to the mail server. @throws RefusedError when that will never take it */
export async function sendMail(message: MailMessage, settings: MailSettings): Promise<void> {
  const { hostname, port, protocol, username } = new URL(settings.url);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    ...{ host: hostname, port: Number(port) || (secure ? 465 : 587), secure },
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: settings.password ?? '' },
      requireTLS: true,
    }),
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const { id, to, subject, text } = message;
  const from = settings.from;
  try {
    // A mail that comes twice has one id: readers show it once.
    const messageId = `<${id}@${from.split('@').at(-1)}>`;
    await transport.sendMail({ from, to, subject, text, messageId });
  } catch (error) {
    if (isFinal(error)) throw new RefusedError(`mail to ${to}: ${error.message}`);
    throw error;
  } finally {
    transport.close();
  }
}

/** Of the message, not of the login: that is the operator's to mend. */
function isFinal(error: unknown): error is Error {
  if (!(error instanceof Error) || !('responseCode' in error)) return false;
  const isLogin = 'code' in error && error.code === 'EAUTH';
  return !isLogin && Number(error.responseCode) >= 500;
}
