/** Emulated serial instruments hang on the same terminals as the agent's virtual ones. */
export { PtyPair } from '@greenrack/runner-agent';
