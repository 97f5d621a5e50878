import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Assignment, SubmissionCreated } from '@greenrack/farm-protocol';
import { imagePath } from '../images.js';
import { SimAgent, type SimRun } from '../sim-agent.js';
import { TestFarm } from '../test-farm.js';
import { chapterOf, LOOSE_BOARD, STORY_IMAGES } from './chapters.js';

import { HOSTILE_NAMES, hostileChapter } from './hostile-chapter.js';

export { LOOSE_BOARD } from './chapters.js';
export { HOSTILE_NAMES } from './hostile-chapter.js';

const TARGETS = ['FVP_MPS2_M3', 'ARM_CM3DS_MPS2'] as const;
const RACKS = [
  { agent: 'rack-a', boards: { 'fvp-mps2-m3': 4, 'arm-cm3ds-mps2': 3 } },
  {
    agent: 'rack-b',
    boards: { 'fvp-mps2-m3': 3, 'arm-cm3ds-mps2': 2, k64f: 2 },
    fixtures: ['ethernet'],
  },
  { agent: 'rack-c', boards: { 'nucleo-f429zi': 4, 'nrf52840-dk': 3 } },
];
/** Its agent has never connected. */
const ABSENT = 'rack-c';
const REPOSITORY = 'github.com/acme/thermostat';
const NIGHT_MS = 86_400_000;
/** The first night's commit. */
const BEGAN_MS = Date.UTC(2026, 10, 10, 1, 30);
export const NIGHTS = 16;

/** Commit of a night. */
export function shaOf(build: number): string {
  return createHash('sha1').update(`night ${build}`).digest('hex');
}

/**
 * A farm with a past: nightly builds of one product over a bit more than two weeks, with a regression, a crash, a flaky
 * cable, a slower kernel and boards out of service. Everything comes in through the controller's own doors.
 */
export class StoryFarm {
  readonly farm: TestFarm;
  readonly nights: SubmissionCreated[] = [];
  readonly #buildOf = new Map<string, number>();
  readonly #agents: SimAgent[] = [];
  #pace = 1;

  private constructor(farm: TestFarm) {
    this.farm = farm;
  }

  static async tell(controllerEnv: Readonly<Record<string, string>> = {}): Promise<StoryFarm> {
    const farm = await TestFarm.start({ racks: RACKS, simulated: true, controllerEnv });
    const story = new StoryFarm(farm);
    try {
      await story.#begin();
      return story;
    } catch (error) {
      await story.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const agent of this.#agents) agent.leave();
    await this.farm.stop();
  }

  async #begin(): Promise<void> {
    for (const { agent } of RACKS.filter((rack) => rack.agent !== ABSENT)) {
      const token = this.farm.agentToken(agent);
      const sim = new SimAgent(this.farm.client.url, agent, token, (order) => this.#play(order));
      this.#agents.push(sim);
      await sim.start();
    }
    for (let build = 0; build < NIGHTS; build++) {
      const night = await this.submit(build);
      await this.farm.client.finished(night.submission.id);
      this.nights.push(night);
    }
    await this.#takeOut('rack-a-fvp-mps2-m3-4', 'its flash is worn out: a new one is on its way');
    await this.#takeOut(LOOSE_BOARD, 'loose Ethernet cable, seen on the nights 3, 6, 8, 11 and 13');
  }

  /** Submits the images of a night. @param slowness - how much longer than usual its runs take */
  async submit(build: number, slowness = 1): Promise<SubmissionCreated> {
    this.#pace = slowness;
    const spec = {
      version: 1,
      name: `nightly ${String(build + 1).padStart(2, '0')}`,
      origin: {
        repository: REPOSITORY,
        ref: 'refs/heads/main',
        sha: shaOf(build),
        commitMs: BEGAN_MS + build * NIGHT_MS,
        builtBy: 'github-actions',
      },
      runs: TARGETS.flatMap((target, at) =>
        STORY_IMAGES.map((image) => ({
          name: image,
          image: `${image}.${['m3', 'cm3ds'][at]}.elf`,
          target,
          retries: 1,
          ...(image === 'udp-echo' && target === 'FVP_MPS2_M3' && { board: LOOSE_BOARD }),
          build: { toolchain: 'gcc 13.2', profile: 'release' },
        })),
      ),
    };
    return await this.farm.client.submit(spec, this.#images(build));
  }

  /** Submits one run whose every name and message means ill. */
  async submitHostile(): Promise<SubmissionCreated> {
    const [image] = HOSTILE_NAMES;
    const path = join(this.farm.dir, 'hostile.elf');
    copyFileSync(imagePath(TARGETS[0], 'smallest'), path);
    const runs = [{ name: image, image: 'hostile.elf', target: TARGETS[0] }];
    return await this.farm.client.submit({ version: 1, name: image, runs }, [path]);
  }

  /** Each night builds anew: the same code behind it, and other bytes at its end. */
  #images(build: number): string[] {
    const dir = join(this.farm.dir, 'images', String(build));
    mkdirSync(dir, { recursive: true });
    return TARGETS.flatMap((target, at) =>
      STORY_IMAGES.map((image) => {
        const bytes = Buffer.concat([
          readFileSync(imagePath(target, 'smallest')),
          Buffer.from(`${image} ${target} ${build}`),
        ]);
        const path = join(dir, `${image}.${['m3', 'cm3ds'][at]}.elf`);
        writeFileSync(path, bytes);
        this.#buildOf.set(createHash('sha256').update(bytes).digest('hex'), build);
        return path;
      }),
    );
  }

  #play({ image, board, attemptNumber }: Assignment): SimRun {
    const build = this.#buildOf.get(image.sha256) ?? 0;
    const name = image.name.replace(/\..*/, '');
    const scene = {
      image: name,
      build,
      target: board.target,
      board: board.serial,
      attempt: attemptNumber,
    };
    const run = name === 'hostile' ? hostileChapter() : chapterOf(scene);
    return { ...run, takesMs: run.takesMs * this.#pace };
  }

  async #takeOut(serial: string, cause: string): Promise<void> {
    const body = JSON.stringify({ health: 'maintenance', cause });
    await this.farm.client.json('POST', `/boards/${serial}/state`, body);
  }
}
