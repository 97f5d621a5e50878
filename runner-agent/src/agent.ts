import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { boardsOf } from '@greenrack/farm-model';
import type { Assignment, Welcome } from '@greenrack/farm-protocol';
import { createHostTests } from '@greenrack/test-suites';
import { BoardRack } from './board/board-rack.js';
import { BoardWatch } from './board/board-watch.js';
import { keepFlash } from './board/flash-keeping-driver.js';
import type { AgentConfig } from './config.js';
import {
  boardDriverNames,
  lendInstruments,
  loadBoardDriver,
  plugChanges,
  VIRTUAL_HOST_NAMES,
} from './drivers/registry.js';
import { ImageCache } from './image-cache/image-cache.js';
import { AttemptDesk } from './job/attempt-desk.js';
import type { AttemptJournal } from './journal/attempt-journal.js';
import { JournalStore } from './journal/journal-store.js';
import type { Refusal } from './journal/refused-attempts.js';
import { ControllerLink } from './link/controller-link.js';
import type { Logger } from './logger.js';
import { AgentPeers } from './network-peer/agent-peers.js';
import { PythonHostTests } from './python-host-test/python-host-tests.js';
import { RUN_KINDS } from './run-kinds.js';
import type { HostTestRegistry } from './session/session-types.js';
import { StateLock } from './storage/state-lock.js';

/** How long a stopping agent tries to report what it had to end, in ms. */
const REPORT_MS = 5000;
export const AGENT_VERSION = '0.1.0';

export interface RunningAgent {
  /** Resolves when a controller has greeted the agent and every board was looked at for the first time. */
  readonly ready: Promise<void>;
  /** Ends running attempts as `agentRestarted`, puts the boards back, reports within 5 s, and lets go of everything. */
  stop(): Promise<void>;
}

/** Starts an agent in this process. @throws Error when another one has the state directory. */
export async function startAgent(config: AgentConfig, log: Logger): Promise<RunningAgent> {
  const lock = await StateLock.take(config.stateDir);
  try {
    return await Agent.start(config, log, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class Agent implements RunningAgent {
  readonly ready: Promise<void>;
  readonly #lock: StateLock;
  readonly #peers: AgentPeers;
  readonly #desk: AttemptDesk;
  readonly #link: ControllerLink;
  readonly #rack: BoardRack;
  readonly #boards: BoardWatch;
  /** Undefined unless this lab has host tests in Python. */
  readonly #python: PythonHostTests | undefined;
  readonly #log: Logger;
  readonly #stopWatchingPlugs: () => void;
  #welcomed: (() => void) | undefined;
  #drained: (() => void) | undefined;

  static async start(config: AgentConfig, log: Logger, lock: StateLock): Promise<Agent> {
    const { stateDir } = config;
    // Boards that a killed agent left behind: their emulators died with it.
    await rm(join(stateDir, 'boards'), { recursive: true, force: true });
    const store = await JournalStore.open(stateDir, log);
    const recovered = await store.recover();
    const images = await ImageCache.open({
      dir: join(stateDir, 'images'),
      maxBytes: config.imageCacheBytes,
      download: (sha256, offset, signal) => agent.#link.download(sha256, offset, signal),
      lookFor: clockTests(),
      log,
    });
    const peers = await AgentPeers.open({
      stateDir,
      hostNames: VIRTUAL_HOST_NAMES,
      log,
      labAddress: config.networkPeers,
      ctpInterface: config.ctpInterface,
    });
    const agent = new Agent(config, log, { lock, store, images, peers });
    agent.#desk.adopt(recovered);
    agent.#link.open();
    return agent;
  }

  private constructor(
    config: AgentConfig,
    log: Logger,
    parts: { lock: StateLock; store: JournalStore; images: ImageCache; peers: AgentPeers },
  ) {
    this.#lock = parts.lock;
    this.#peers = parts.peers;
    this.#log = log;
    this.ready = new Promise((resolve) => {
      this.#welcomed = resolve;
    });
    this.#rack = new BoardRack({
      workDir: join(config.stateDir, 'boards'),
      driverNames: boardDriverNames(),
      loadDriver: async (name) => {
        const services = { peers: parts.peers.forVirtualBoards };
        const driver = await loadBoardDriver(name, services);
        return driver && keepFlash(driver, join(config.stateDir, 'wear'));
      },
    });
    this.#boards = new BoardWatch(this.#rack, {
      isBusy: (serial) => this.#desk.isBusy(serial),
      report: async (found) => await this.#link.reportBoards(found),
      log,
    });
    this.#stopWatchingPlugs = plugChanges().subscribe(() => this.#boards.plugged());
    const builtIn = createHostTests();
    const { pythonHostTests: folders, python } = config;
    if (folders.length > 0) this.#python = new PythonHostTests({ python, folders, builtIn, log });
    this.#desk = this.#newDesk(log, { ...parts, hostTests: this.#python ?? builtIn });
    this.#link = this.#newLink(config, log);
  }

  #newDesk(
    log: Logger,
    parts: { store: JournalStore; images: ImageCache; hostTests: HostTestRegistry },
  ): AttemptDesk {
    return new AttemptDesk({
      store: parts.store,
      images: parts.images,
      hostTests: parts.hostTests,
      lendInstruments,
      kinds: RUN_KINDS,
      log,
      findBoard: async (assignment) => await this.#rack.lend(assignment),
      accepted: (journal) => {
        // In this order: the controller hears of a doubtful board before the end that would free it.
        this.#watchBoardOf(journal);
        this.#link.track(journal);
      },
      forgetting: (attemptId) => this.#link.untrack(attemptId),
      boardDirty: (spec, problems) => this.#boards.dirty(spec, problems),
    });
  }

  #newLink(config: AgentConfig, log: Logger): ControllerLink {
    const { controllerUrls: urls, token, name: agent } = config;
    // What a lab's folders hold may change at any time.
    const told = this.#python ? {} : { hostTests: [...createHostTests().keys()] };
    const identity = { agent, version: AGENT_VERSION, drivers: boardDriverNames(), ...told };
    return new ControllerLink(
      { urls, token, identity, log },
      {
        journals: () => this.#desk.journals(),
        accept: async (assignment) => await this.#accept(assignment),
        cancel: (attemptId, why) => this.#desk.cancel(attemptId, why),
        drop: async (attemptId, why) => await this.#drop(attemptId, why),
        refused: async (attemptId, refusal) => await this.#refused(attemptId, refusal),
        welcomed: (welcome) => void this.#onWelcome(welcome),
      },
    );
  }

  async #accept(assignment: Assignment): Promise<void> {
    try {
      await this.#desk.accept(assignment);
    } catch (error) {
      for (const { board } of boardsOf(assignment)) this.#boards.refused(board);
      throw error;
    }
  }

  #watchBoardOf(journal: AttemptJournal): void {
    const stopWatching = journal.onGrowth(() => {
      if (!journal.end) return;
      stopWatching();
      for (const { board } of boardsOf(journal.assignment))
        this.#boards.attemptEnded(board, journal.end);
    });
  }

  async #onWelcome({ boards }: Welcome): Promise<void> {
    await this.#boards.watch(boards);
    this.#welcomed?.();
  }

  async #drop(attemptId: string, why: string): Promise<void> {
    await this.#desk.drop(attemptId, why);
    if (this.#desk.journals().length === 0) this.#drained?.();
  }

  async #refused(attemptId: string, refusal: Refusal): Promise<AttemptJournal | undefined> {
    const journal = await this.#desk.replace(attemptId, refusal);
    if (!journal) await this.#drop(attemptId, refusal.why);
    return journal;
  }

  async stop(): Promise<void> {
    this.#stopWatchingPlugs();
    this.#boards.stop();
    await this.#desk.close('The agent was stopped.');
    await this.#python?.close();
    for (const problem of await this.#rack.close()) this.#log.error(problem);
    await this.#reported();
    this.#link.close();
    await this.#desk.closeJournals();
    await this.#peers.close();
    await this.#lock.release();
  }

  /** Resolves when the controller has everything, or has had its time: the rest stays in the journal. */
  async #reported(): Promise<void> {
    if (this.#desk.journals().length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, REPORT_MS);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Names of the host tests that need the host's time on the board: an image that holds one gets it. */
function clockTests(): string[] {
  return [...createHostTests().values()].flatMap((test) =>
    test.comparesClocks ? [test.name] : [],
  );
}
