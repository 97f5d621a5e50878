import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { FarmError } from '@greenrack/farm-protocol';
import { errorText } from '../error-text.js';
import { UsageError } from '../exit-code.js';
import { dashboardDir, repositoryDir, roomScript } from '../process/repository.js';
import { RoomProcess } from '../process/room-process.js';
import type { Connection } from '../settings.js';

/** The agent of the rack that comes with Greenrack. */
const AGENT_NAME = 'virtual-1';

export interface DemoFarmOptions {
  /** Existing folder; everything that the farm writes goes below it. */
  readonly dir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Environment of the caller; only what programs need of it is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A controller and an agent with four virtual boards, as children of this process. */
export class DemoFarm {
  readonly #options: DemoFarmOptions;
  readonly #rooms: RoomProcess[] = [];
  readonly #secret = newSecret();

  constructor(options: DemoFarmOptions) {
    this.#options = options;
  }

  /** File with a token that may do everything, for commands beside the demo. */
  get tokenFile(): string {
    return join(this.#options.dir, 'demo.token');
  }

  /** Starts both and resolves when boards can take runs. Call {@link stop} even after it failed. */
  async start(): Promise<Connection> {
    await checkPort(this.#options.port);
    const controller = this.#launch('controller', roomScript('farm-controller'), {
      GREENRACK_HTTP_HOST: '127.0.0.1',
      GREENRACK_HTTP_PORT: String(this.#options.port),
      GREENRACK_INVENTORY_DIR: join(repositoryDir(), 'board-inventory'),
      GREENRACK_DASHBOARD_DIR: dashboardDir(),
      // Only this machine reaches the port: its dashboard opens without a sign-in, and may change nothing.
      GREENRACK_ANONYMOUS_ROLE: 'viewer',
      GREENRACK_BOOTSTRAP_TOKENS_FILE: this.#writeTokens(),
    });
    const { url } = await controller.ready(this.#options.signal);
    if (url === undefined) throw new FarmError('internal', 'the controller did not say its URL');
    const agent = this.#launch('agent', roomScript('runner-agent'), {
      GREENRACK_CONTROLLER_URLS: url,
      GREENRACK_AGENT_NAME: AGENT_NAME,
      GREENRACK_AGENT_TOKEN_FILE: join(this.#options.dir, 'agent.token'),
    });
    await Promise.race([agent.ready(this.#options.signal), controller.failure()]);
    return { url, token: this.#secret };
  }

  /** Rejects when one of the two ends by itself. */
  async failure(): Promise<never> {
    return await Promise.race(this.#rooms.map((room) => room.failure()));
  }

  /** Ends the agent first: it hands its boards back while the controller still listens. */
  async stop(): Promise<void> {
    for (const room of this.#rooms.toReversed()) await room.stop();
  }

  /** Ends both at once, for the impatient. */
  kill(): void {
    for (const room of this.#rooms) room.kill();
  }

  #launch(name: string, script: string, settings: Record<string, string>): RoomProcess {
    const { dir, env } = this.#options;
    const stateDir = join(dir, name);
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const room = new RoomProcess({
      name,
      script,
      env: { ...plainEnvironment(env), GREENRACK_STATE_DIR: stateDir, ...settings },
      logFile: join(dir, `${name}.log`),
    });
    this.#rooms.push(room);
    return room;
  }

  #writeTokens(): string {
    const agentSecret = newSecret();
    const tokens = [
      { name: 'demo', role: 'admin', tenant: 'default', secret: this.#secret },
      { name: AGENT_NAME, role: 'agent', tenant: 'default', secret: agentSecret },
    ];
    const file = join(this.#options.dir, 'tokens.json');
    writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 });
    writeFileSync(this.tokenFile, this.#secret, { mode: 0o600 });
    writeFileSync(join(this.#options.dir, 'agent.token'), agentSecret, { mode: 0o600 });
    return file;
  }
}

/** The form of the farm's tokens: its prefix lets scanners of leaked secrets know one. */
const newSecret = (): string => `grk_${randomBytes(32).toString('base64url')}`;

/** The caller's own farm settings must not leak into the demo. */
function plainEnvironment(env: DemoFarmOptions['env']): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ', 'GREENRACK_LOG_LEVEL'];
  return Object.fromEntries(
    names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

/** A taken port is the caller's to solve, and the controller's log would be a poor way to say so. */
async function checkPort(port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    throw new UsageError(
      `port ${port} cannot be used (${errorText(error)}): choose another with --port; 0 takes any`,
    );
  } finally {
    server.close();
  }
}
