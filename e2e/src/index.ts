export * from './farm-client.js';
export * from './images.js';
export * from './managed-process.js';
export * from './sim-agent.js';
export * from './test-farm.js';
export * from './test-inventory.js';
