import { runCli } from './run-cli.js';

const { env, stdin, stdout, stderr } = process;
// A reader that had enough (`greenrack log … | head`) is no error of ours.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 3);
});
process.exitCode = await runCli(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  stdin,
  stdout,
  stderr,
  signals: process,
});
