import type { Logger as PinoLogger } from 'pino';

/** What rooms may say to the operator: structured fields first, then one sentence. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;
