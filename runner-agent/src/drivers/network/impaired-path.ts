import { seededRandom } from '@greenrack/farm-model';
import type { Impairment } from '@greenrack/farm-protocol';

/** Frames under way in one direction; what is more finds no room, as in any queue of a network. */
const MAX_UNDER_WAY = 256;

interface UnderWay {
  readonly frame: Buffer;
  readonly dueMs: number;
}

/** How time passes; the tests bring their own. */
export interface PathTime {
  nowMs(): number;
  /** Returns how to call it off. */
  after(ms: number, then: () => void): () => void;
}

const HOST_TIME: PathTime = {
  nowMs: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** One direction of a bad network. Draws as many random numbers for each frame, so its fate follows from its place alone. */
export class ImpairedPath {
  readonly #impairment: Impairment;
  readonly #deliver: (frame: Buffer) => void;
  readonly #random: () => number;
  readonly #time: PathTime;
  /** Those due first are first. */
  readonly #underWay: UnderWay[] = [];
  /** When the wire is free for the next frame. */
  #freeMs = 0;
  #callOff: () => void = () => undefined;

  constructor(
    impairment: Impairment,
    way: { readonly seed: number; deliver(frame: Buffer): void },
    time = HOST_TIME,
  ) {
    this.#impairment = impairment;
    this.#deliver = (frame) => way.deliver(frame);
    this.#random = seededRandom(impairment.seed * 2 + way.seed);
    this.#time = time;
  }

  /** Sends a frame on its way. Answers why it is lost, if it is. */
  send(frame: Buffer): string | undefined {
    const { lossPercent, reorderPercent, delayMs } = this.#impairment;
    const isLost = this.#random() * 100 < lossPercent;
    const overtakes = this.#random() * 100 < reorderPercent;
    if (isLost) return 'lost, as was asked for';
    if (this.#underWay.length >= MAX_UNDER_WAY)
      return 'no room on a way as narrow as was asked for';
    const sentMs = this.#sentMs(frame);
    this.#add({ frame, dueMs: sentMs + (overtakes ? 0 : delayMs) });
    return undefined;
  }

  close(): void {
    this.#callOff();
    this.#underWay.length = 0;
  }

  /** When its last bit has left. */
  #sentMs(frame: Buffer): number {
    const { rateKbps } = this.#impairment;
    const nowMs = this.#time.nowMs();
    if (rateKbps === undefined) return nowMs;
    this.#freeMs = Math.max(nowMs, this.#freeMs) + (frame.length * 8) / rateKbps;
    return this.#freeMs;
  }

  #add(one: UnderWay): void {
    const behind = this.#underWay.findLastIndex(({ dueMs }) => dueMs <= one.dueMs);
    this.#underWay.splice(behind + 1, 0, one);
    if (behind === -1) this.#arm();
  }

  #arm(): void {
    this.#callOff();
    const [next] = this.#underWay;
    if (!next) return;
    const inMs = Math.max(0, next.dueMs - this.#time.nowMs());
    this.#callOff = this.#time.after(inMs, () => this.#arrive());
  }

  #arrive(): void {
    const nowMs = this.#time.nowMs();
    const later = this.#underWay.findIndex(({ dueMs }) => dueMs > nowMs);
    const arrived = this.#underWay.splice(0, later === -1 ? this.#underWay.length : later);
    for (const { frame } of arrived) this.#deliver(frame);
    this.#arm();
  }
}
