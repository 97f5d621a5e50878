import { UsageError } from '../exit-code.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What a workflow says of the step. */
export interface ActionInputs {
  /** Of `greenrack submit`. */
  readonly args: readonly string[];
  /** Settings of the command line. */
  readonly env: Env;
}

/** @throws UsageError for an input that is missing */
export function readInputs(env: Env): ActionInputs {
  const paths = lines(env.INPUT_PATHS);
  const url = text(env.INPUT_URL);
  if (url === '') throw new UsageError('the input `url` is missing: say where the farm is');
  if (paths.length === 0)
    throw new UsageError('the input `paths` is missing: name images, folders or one spec');
  const [name, target, token] = [env.INPUT_NAME, env.INPUT_TARGET, env.INPUT_TOKEN].map(text);
  return {
    args: [
      ...['submit', '--json'],
      ...(name ? ['--name', name] : []),
      ...(target ? ['--target', target] : []),
      ...lines(env.INPUT_ARGS),
      ...['--', ...paths],
    ],
    env: {
      ...env,
      GREENRACK_URL: url,
      ...(text(env.INPUT_AUDIENCE) && { GREENRACK_OIDC_AUDIENCE: text(env.INPUT_AUDIENCE) }),
      ...(token && { GREENRACK_TOKEN: token }),
    },
  };
}

const text = (input: string | undefined): string => input?.trim() ?? '';

const lines = (input: string | undefined): string[] =>
  text(input)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
