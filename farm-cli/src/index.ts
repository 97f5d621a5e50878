export type { CliContext } from './cli-context.js';
export { FarmClient } from './client/farm-client.js';
export { type FollowedSubmission, followSubmission } from './client/follow-submission.js';
export {
  HISTORY,
  type HistoryPlan,
  historySha,
  SeededHistory,
} from './demo/seeded-history.js';
export { type ChangeWait, settledChange } from './demo/settled-change.js';
export { EXIT } from './exit-code.js';
export { buildProgram } from './program.js';
export { runCli } from './run-cli.js';
export type { Connection } from './settings.js';
