import { pino } from 'pino';
import { startAgent } from './agent.js';
import { type AgentConfig, agentConfigFromEnv } from './config.js';
import { messageOf } from './deadline.js';

/** Exit code for settings that are wrong. */
const EXIT_USAGE = 2;
const EXIT_FAILED = 1;

async function main(config: AgentConfig): Promise<void> {
  const log = pino({ level: config.logLevel, base: { agent: config.name } }, pino.destination(2));
  const agent = await startAgent(config, log);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  // Whoever started us reads this line: from now on the agent takes work.
  void agent.ready.then(() => {
    process.stdout.write(`${JSON.stringify({ ready: true, agent: config.name })}\n`);
  });
  await stopped;
  log.info('stopping');
  await agent.stop();
}

try {
  await main(readConfig());
  process.exit(0);
} catch (error) {
  process.stderr.write(`greenrack agent: ${messageOf(error)}\n`);
  process.exit(EXIT_FAILED);
}

function readConfig(): AgentConfig {
  try {
    return agentConfigFromEnv(process.env);
  } catch (error) {
    process.stderr.write(`greenrack agent: ${messageOf(error)}\n`);
    process.exit(EXIT_USAGE);
  }
}
