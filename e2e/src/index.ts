export * from './farm-client.js';
export * from './images.js';
export * from './managed-process.js';
export * from './sim-agent.js';
export * from './test-farm.js';
export * from './test-inventory.js';
export { WORST_AGENT, WorstFarm, type WorstPlan } from './worst-farm.js';
export { WORST_REQUESTS, type WorstPlace, type WorstRequest } from './worst-inputs.js';
export { type WorstMessage, worstAgentMessages, worstLiveMessages } from './worst-messages.js';
