import { runAction } from './run-action.js';

const { env, stdin, stdout, stderr } = process;
process.exitCode = await runAction({
  ...{ env, stdin, stdout, stderr },
  cwd: env.GITHUB_WORKSPACE ?? process.cwd(),
  signals: process,
});
