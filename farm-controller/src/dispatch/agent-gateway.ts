import {
  type Assignment,
  type BoardStatus,
  type ConsoleAck,
  type ConsoleChunk,
  type EventAck,
  type EventBatch,
  FarmError,
  type Hello,
  type Role,
  type Welcome,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { Server } from 'socket.io';
import type { Change, LeaseKey, Store } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import { SerialTasks } from '../timing/serial-tasks.js';
import type { AgentHello } from './agent-hello.js';
import { AgentResync } from './agent-resync.js';
import { AgentSession, type AgentSocket, type OrderOutcome } from './agent-session.js';
import type { BoardTable } from './board-table.js';
import type { LiveAttempt, OpenAttempts } from './open-attempts.js';
import type { ReportIntake, SessionHost } from './ports.js';

export interface AgentGatewayDeps {
  readonly controllerId: string;
  /** Whose token the connection brings. @throws FarmError `unauthorized` */
  readonly authenticate: (
    socket: AgentSocket,
    token: unknown,
  ) => Promise<{ name: string; role: Role; tokenId: string | null; expiresMs: number | null }>;
  readonly hello: Pick<AgentHello, 'welcome'>;
  readonly store: Pick<Store, 'agents' | 'boards' | 'attempts'>;
  readonly intake: ReportIntake;
  readonly renew: (agent: string, leases: readonly LeaseKey[]) => Promise<string[]>;
  /** The agent of these attempts is out of reach: their leases are to live while it may still report. */
  readonly onAgentLost: (attempts: readonly LiveAttempt[]) => Promise<void>;
  readonly table: BoardTable;
  readonly attempts: OpenAttempts;
  readonly onChange: (change: Change) => void;
  /** An agent was welcomed here: whoever else believes to have it is wrong. */
  readonly onWelcomed: (agent: string) => void;
  /** Boards came online: there may be something to dispatch. */
  readonly onBoards: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The controller's end of the link: socket.io namespace `/agent`. One session per agent; a new connection of an agent
 * replaces the one before. What concerns the presence of one agent is done in order, so that the going of an old
 * connection never undoes the coming of the new one.
 */
export class AgentGateway implements SessionHost {
  readonly log: Logger;
  readonly #deps: AgentGatewayDeps;
  readonly #sessions = new Map<string, AgentSession>();
  readonly #presence = new SerialTasks();
  readonly #resyncer: AgentResync;
  /** The last process of each agent that was refused for another one's sake. */
  readonly #refused = new Map<string, string>();
  #closing = false;

  constructor(deps: AgentGatewayDeps) {
    this.#deps = deps;
    this.log = deps.log;
    this.#resyncer = new AgentResync(deps);
  }

  /** Begins to take connections on `io`. */
  attach(io: Server): void {
    const agents = io.of('/agent');
    agents.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => next(connectError(error)),
      );
    });
    agents.on('connection', (socket) => {
      this.#connected(socket);
    });
  }

  /** Names of the agents that have been welcomed. */
  agents(): string[] {
    return [...this.#sessions.values()].filter((s) => s.greeted).map((s) => s.agent);
  }

  /** Orders an attempt; `lost` also when the agent is not here. */
  async assign(agent: string, assignment: Assignment): Promise<OrderOutcome> {
    return this.#sessions.get(agent)?.assign(assignment) ?? { kind: 'lost' };
  }

  /** Tells the agent to stop an attempt; false when it is not connected here. It is told at its next hello anyway. */
  cancel(agent: string, attemptId: string, why: string): boolean {
    const session = this.#sessions.get(agent);
    if (!session) return false;
    if (!this.#deps.attempts.get(attemptId)) this.#deps.attempts.cancelEarly(attemptId);
    void session.cancel(attemptId, why);
    return true;
  }

  /** Another controller has welcomed the agent: what is left of it here is a dead connection. */
  movedAway(agent: string): void {
    const session = this.#sessions.get(agent);
    if (!session) return;
    this.#sessions.delete(agent);
    this.#deps.table.detach(agent);
    session.disconnect();
  }

  /** Has the agent connect again, so that hello settles who holds what. */
  reconnect(agent: string): void {
    this.#sessions.get(agent)?.disconnect();
  }

  /** Brings boards and cancellations in step with the database, after messages of other controllers may have been lost. */
  async resync(agents: readonly string[] = this.agents()): Promise<void> {
    for (const agent of agents) await this.#presence.run(agent, () => this.#resyncOne(agent));
  }

  /** Ends all connections and waits until the store knows that the agents are gone. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const session of this.#sessions.values()) session.disconnect();
    await this.#presence.idle();
  }

  async hello(session: AgentSession, hello: Hello): Promise<Welcome> {
    await this.#presence.run(session.agent, () => this.#enter(session, hello));
    const welcome = await this.#presence.run(session.agent, () => {
      this.#mustBeCurrent(session);
      const { agent, version, held } = hello;
      this.log.info({ agent, version, held: held.length }, 'agent connected');
      return this.#deps.hello.welcome(hello);
    });
    this.#deps.onWelcomed(session.agent);
    return welcome;
  }

  async boards(session: AgentSession, statuses: readonly BoardStatus[]): Promise<void> {
    await this.#presence.run(session.agent, () => this.#report(session, statuses));
    this.#deps.onBoards();
  }

  async events(agent: string, batch: EventBatch): Promise<EventAck> {
    return this.#deps.intake.events(agent, batch);
  }

  async console(agent: string, chunk: ConsoleChunk): Promise<ConsoleAck> {
    return this.#deps.intake.console(agent, chunk);
  }

  async renew(agent: string, leases: readonly LeaseKey[]): Promise<string[]> {
    return this.#deps.renew(agent, leases);
  }

  gone(session: AgentSession): void {
    const { agent } = session;
    if (this.#sessions.get(agent) !== session) return;
    this.#sessions.delete(agent);
    this.#deps.table.detach(agent);
    this.#presence
      .run(agent, () => this.#recordGone(agent))
      .catch((error: unknown) => {
        this.log.error({ err: error, agent }, 'the going of an agent was not recorded');
      });
  }

  async #admit(socket: AgentSocket): Promise<void> {
    if (this.#closing) throw new FarmError('unavailable', 'the controller is stopping');
    const holder = await this.#deps.authenticate(socket, socket.handshake.auth.token);
    if (holder.role !== 'agent')
      throw new FarmError(
        'forbidden',
        `the link needs a token with role 'agent', this one has '${holder.role}'`,
      );
    const { name: agent, tokenId, expiresMs } = holder;
    socket.data = { agent, tokenId, expiresMs };
  }

  #connected(socket: AgentSocket): AgentSession {
    return new AgentSession(socket, String(socket.data.agent), this);
  }

  /** In one step: of two that ask at once the second one finds the first. */
  async #enter(session: AgentSession, hello: Hello): Promise<void> {
    await this.#mustBeTheOnly(session, hello);
    if (session.isGone) throw new FarmError('unavailable', 'this connection has ended');
    const previous = this.#sessions.get(session.agent);
    this.#sessions.set(session.agent, session);
    if (previous && previous !== session) previous.disconnect();
  }

  /** Two that throw each other out would cost every run of both. */
  async #mustBeTheOnly(session: AgentSession, { instance = '', host }: Hello): Promise<void> {
    const { agent } = session;
    const present = this.#sessions.get(agent);
    const elsewhere = present === session ? undefined : await present?.livesOn(instance);
    if (elsewhere === undefined) return;
    // It tries again every second or so: that is news once.
    const level = this.#refused.get(agent) === instance ? 'debug' : 'warn';
    this.#refused.set(agent, instance);
    this.log[level]({ agent, host, elsewhere }, 'a second agent of this name was refused');
    throw new FarmError(
      'conflict',
      `agent '${agent}' is connected already, from ${elsewhere}: stop one of the two, or give this one, on ${host}, a name and a token of its own`,
    );
  }

  #mustBeCurrent(session: AgentSession): void {
    if (this.#sessions.get(session.agent) === session) return;
    throw new FarmError('unavailable', 'another connection of this agent has taken over');
  }

  async #report(session: AgentSession, statuses: readonly BoardStatus[]): Promise<void> {
    this.#mustBeCurrent(session);
    const { store, table, clock, onChange } = this.#deps;
    const { agent } = session;
    const own = statuses.filter(({ serial }) => table.agentOf(serial) === agent);
    onChange(await store.boards.report(agent, own, clock.now()));
    for (const { serial, usable } of own) table.setOnline(agent, serial, usable);
  }

  async #recordGone(agent: string): Promise<void> {
    if (this.#sessions.has(agent)) return;
    const { store, table, clock, onChange, onAgentLost, attempts, controllerId } = this.#deps;
    // A hello that was under way when the connection ended has put the boards back.
    table.detach(agent);
    const cause = `agent ${agent} is not connected`;
    onChange(await store.agents.gone(agent, { cause, nowMs: clock.now(), controllerId }));
    await onAgentLost(attempts.ofAgent(agent));
  }

  async #resyncOne(agent: string): Promise<void> {
    const session = this.#sessions.get(agent);
    if (!session?.greeted) return;
    await this.#resyncer.run(session);
    this.#deps.onBoards();
  }
}

function connectError(error: unknown): Error {
  const known = error instanceof FarmError;
  const shown = new Error(known ? error.message : 'the controller could not check the token');
  return Object.assign(shown, { data: { code: known ? error.code : 'internal' } });
}
