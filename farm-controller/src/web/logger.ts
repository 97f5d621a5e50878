import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Where secrets could stand in what is logged, should someone log a whole request or configuration. */
const SECRET_PATHS = ['authorization', 'cookie', 'secret', 'token', 'password'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.headers.${name}`,
]);

/** The controller's log: JSON lines on `stream` (default standard error), secrets blanked out. */
export function createLogger(
  level: string,
  stream: { write(line: string): void } = process.stderr,
): Logger {
  return pino({ level, redact: { paths: SECRET_PATHS, censor: '[secret]' } }, stream);
}
