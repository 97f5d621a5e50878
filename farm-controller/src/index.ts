export { configSchema, type FarmConfig, readConfig } from './config.js';
export { type RunningFarm, startFarm } from './farm.js';
export { createLogger, type Logger } from './web/logger.js';
