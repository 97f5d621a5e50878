import { FarmError } from '@greenrack/farm-protocol';
import { readConfig } from './config.js';
import { type RunningFarm, startFarm } from './farm.js';
import { createLogger, type Logger } from './web/logger.js';

/*
 * The controller's process. Settings come from the environment (config.ts). When it is ready it prints one line of
 * JSON on standard output, {"ready":true,"url":"http://…"}; its log is on standard error. SIGHUP has it read its
 * files again. SIGTERM and SIGINT stop it: exit code 0 when all was closed, 1 when not or not in time, 2 for wrong settings.
 */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  const stopped = untilSignal();
  const farm = await startFarm(config, log);
  process.on('SIGHUP', () => farm.reload());
  process.stdout.write(`${JSON.stringify({ ready: true, url: farm.url })}\n`);
  log.info({ signal: await stopped }, 'stopping');
  await stopWithin(farm, config.stopTimeoutMs, log);
}

function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
}

/** What hangs must not hold the process: the next start finds everything in the database. */
async function stopWithin(farm: RunningFarm, deadlineMs: number, log: Logger): Promise<void> {
  const timer = setTimeout(() => {
    log.error({ deadlineMs }, 'not stopped in time');
    process.exit(1);
  }, deadlineMs);
  await farm.stop();
  clearTimeout(timer);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const wrongSetting = error instanceof FarmError && error.code === 'invalid_configuration';
    const text = wrongSetting ? error.message : error instanceof Error ? error.stack : error;
    process.stderr.write(`greenrack controller: ${text}\n`);
    process.exit(wrongSetting ? 2 : 1);
  },
);
