export { AGENT_VERSION, type RunningAgent, startAgent } from './agent.js';
export {
  AGENT_ENVIRONMENT,
  type AgentConfig,
  agentConfigFromEnv,
  agentConfigSchema,
  type EnvironmentVariable,
} from './config.js';
export {
  type ConsoleLogOptions,
  type ConsoleLogSeal,
  ConsoleLogWriter,
} from './console/console-log-writer.js';
export type { Console, ConsoleListener, ConsoleLoss } from './contracts/console.js';
export { SerialConsole, type SerialSettings } from './drivers/console/serial-console.js';
export { Ppk2Meter } from './drivers/power-meter/ppk2-meter.js';
export { PtyPair } from './drivers/virtual-meter/pty-pair.js';
export { GreenteaScanner } from './greentea/scanner.js';
export { Ppk2Decoder } from './power/ppk2-decoder.js';
export { TraceRecorder } from './power/trace-recorder.js';
