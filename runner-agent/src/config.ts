import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { agentNameSchema, FarmError, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const urlSchema = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });

/** Settings of an agent. */
export const agentConfigSchema = z.strictObject({
  /** Controllers, tried in this order. */
  controllerUrls: z.array(urlSchema).min(1).max(16),
  /** Name of the agent: its rack in the inventory and its token carry it. */
  name: agentNameSchema,
  /** Credential of this agent. */
  token: z.string().min(1).max(512),
  /** Folder for journals, images and the files of running boards. One agent only. */
  stateDir: z.string().min(1),
  logLevel: z.enum(LOG_LEVELS).default('info'),
  /** Images kept on disk, in bytes. */
  imageCacheBytes: z
    .number()
    .int()
    .min(MEBIBYTE)
    .default(2048 * MEBIBYTE),
  /** IP address of this machine on which the network peers listen for boards of the lab. */
  networkPeers: z
    .union([z.ipv4(), z.ipv6()], { error: 'expected an IP address of this machine' })
    .optional(),
  /** Network card on which Ethernet CTP frames are looped back. */
  ctpInterface: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, 'expected a network card, such as eth0')
    .optional(),
  /** Folders of this lab with host tests in Python; none: no Python is ever run. */
  pythonHostTests: z
    .array(z.string().startsWith('/', 'expected an absolute path'))
    .max(16)
    .default([]),
  /** Interpreter for them: a name in PATH or an absolute path. */
  python: z
    .string()
    .max(256)
    .regex(/^(\/.+|[^/]+)$/, 'expected a name in PATH or an absolute path')
    .default('python3'),
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;

export interface EnvironmentVariable {
  readonly name: string;
  readonly field: keyof AgentConfig;
  /** One sentence for the manual. */
  readonly what: string;
  /** As the manual shows it; without one the variable is required. */
  readonly fallback?: string;
}

/** Every environment variable that the agent reads. The manual is compared with this table. */
export const AGENT_ENVIRONMENT: readonly EnvironmentVariable[] = [
  {
    name: 'GREENRACK_CONTROLLER_URLS',
    field: 'controllerUrls',
    what: 'URLs of the controllers, separated by commas, in order of preference.',
  },
  {
    name: 'GREENRACK_CONTROLLER_URL',
    field: 'controllerUrls',
    what: 'URL of the only controller; ignored when GREENRACK_CONTROLLER_URLS is set.',
    fallback: 'http://127.0.0.1:8080',
  },
  {
    name: 'GREENRACK_AGENT_NAME',
    field: 'name',
    what: 'Name of this agent, as the rack in the inventory has it.',
  },
  {
    name: 'GREENRACK_AGENT_TOKEN_FILE',
    field: 'token',
    what: 'File with the token of this agent.',
  },
  {
    name: 'GREENRACK_AGENT_TOKEN',
    field: 'token',
    what: 'The token itself; ignored when GREENRACK_AGENT_TOKEN_FILE is set.',
  },
  {
    name: 'GREENRACK_STATE_DIR',
    field: 'stateDir',
    what: 'Folder for journals, images and the files of running boards. One per agent.',
    fallback: '~/.greenrack/agent',
  },
  {
    name: 'GREENRACK_LOG_LEVEL',
    field: 'logLevel',
    what: `How much is logged to stderr: ${LOG_LEVELS.join(', ')}.`,
    fallback: 'info',
  },
  {
    name: 'GREENRACK_IMAGE_CACHE_MIB',
    field: 'imageCacheBytes',
    what: 'Images kept on disk, in MiB; at least 1.',
    fallback: '2048',
  },
  {
    name: 'GREENRACK_NETWORK_PEERS',
    field: 'networkPeers',
    what: 'IP address of this machine on which the network peers serve boards of the lab.',
    fallback: 'none',
  },
  {
    name: 'GREENRACK_CTP_INTERFACE',
    field: 'ctpInterface',
    what: 'Network card on which Ethernet CTP frames of boards are looped back; needs CAP_NET_RAW and python3.',
    fallback: 'none',
  },
  {
    name: 'GREENRACK_PYTHON_HOST_TESTS',
    field: 'pythonHostTests',
    what: 'Folders of this lab with Mbed host tests in Python, absolute, with colons between; see docs/host-tests.md.',
    fallback: 'none: no Python is run',
  },
  {
    name: 'GREENRACK_PYTHON',
    field: 'python',
    what: 'Python 3.9 or later for those host tests: a name in PATH or an absolute path.',
    fallback: 'python3',
  },
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings from environment variables. @throws FarmError `invalid_configuration` that names what is wrong. */
export function agentConfigFromEnv(env: Environment): AgentConfig {
  const set = (name: string): string | undefined => env[name]?.trim() || undefined;
  const cacheMib = set('GREENRACK_IMAGE_CACHE_MIB');
  const networkPeers = set('GREENRACK_NETWORK_PEERS');
  const ctpInterface = set('GREENRACK_CTP_INTERFACE');
  const python = set('GREENRACK_PYTHON');
  const urls = set('GREENRACK_CONTROLLER_URLS') ?? set('GREENRACK_CONTROLLER_URL');
  const input = {
    controllerUrls: (urls ?? 'http://127.0.0.1:8080').split(',').map((url) => url.trim()),
    name: required('GREENRACK_AGENT_NAME', set('GREENRACK_AGENT_NAME')),
    token: readToken(set('GREENRACK_AGENT_TOKEN_FILE'), set('GREENRACK_AGENT_TOKEN')),
    stateDir: resolve(set('GREENRACK_STATE_DIR') ?? `${homedir()}/.greenrack/agent`),
    ...(set('GREENRACK_LOG_LEVEL') === undefined ? {} : { logLevel: set('GREENRACK_LOG_LEVEL') }),
    ...(networkPeers === undefined ? {} : { networkPeers }),
    ...(ctpInterface === undefined ? {} : { ctpInterface }),
    ...(python === undefined ? {} : { python }),
    pythonHostTests: (set('GREENRACK_PYTHON_HOST_TESTS') ?? '').split(':').filter(Boolean),
    ...(cacheMib === undefined ? {} : { imageCacheBytes: Number(cacheMib) * MEBIBYTE }),
  };
  return parseOrThrow(agentConfigSchema, input, 'invalid_configuration', 'settings of the agent');
}

function readToken(file: string | undefined, token: string | undefined): string {
  if (file === undefined)
    return required('GREENRACK_AGENT_TOKEN_FILE (or GREENRACK_AGENT_TOKEN)', token);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new FarmError(
      'invalid_configuration',
      `GREENRACK_AGENT_TOKEN_FILE: ${file} cannot be read.`,
      {
        cause: error,
      },
    );
  }
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new FarmError(
    'invalid_configuration',
    `${name} is not set. Set it; see docs/configuration.md.`,
  );
}
