export type { CliContext } from './cli-context.js';
export { FarmClient } from './client/farm-client.js';
export { type FollowedSubmission, followSubmission } from './client/follow-submission.js';
export { EXIT } from './exit-code.js';
export { buildProgram } from './program.js';
export { runCli } from './run-cli.js';
export type { Connection } from './settings.js';
