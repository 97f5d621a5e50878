import type { Duplex } from 'node:stream';
import type { Impairment } from '@greenrack/farm-protocol';
import type { LanPlug, NetworkPeer } from '../../contracts/network-peer.js';
import { messageOf } from '../../deadline.js';
import { FrameSplitter, withLength } from '../../ethernet/frame-stream.js';
import { CableMeter } from './cable-meter.js';
import { dropped, type Passage } from './gate-rules.js';
import { ImpairedPath } from './impaired-path.js';
import type { PeerGate } from './peer-gate.js';
import { TrafficCount } from './traffic-count.js';

/** A board may send this many frames in a slice of time: twice what 100 Mbit/s of long frames are. */
const MAX_FRAMES = 2000;
const SLICE_MS = 100;

/** The two ends of a virtual board's cable, both in its emulator. */
export interface CableEnds {
  /** The board's network controller. */
  readonly board: Duplex;
  /** QEMU's user network. */
  readonly network: Duplex;
}

/**
 * The cable of a virtual board: carries frames through the gate. While an end does not take them, what would bring it
 * more is not read, so nothing piles up here; and a board that floods it is read no faster than a network would.
 */
export class FrameBridge implements NetworkPeer {
  readonly #ends: CableEnds;
  readonly #gate: PeerGate;
  readonly #count = new TrafficCount();
  /** Ends that have enough for now. */
  readonly #full = new Set<Duplex>();
  #sliceMs = performance.now();
  #framesInSlice = 0;
  /** Set while the board has used up its slice. */
  #rest: NodeJS.Timeout | undefined;
  #trouble: string | undefined;
  /** Where the board's frames go that is joined with others. */
  #joined: ((frame: Buffer) => void) | undefined;
  /** Set when the network is to be a bad one. */
  #impaired: { readonly up: ImpairedPath; readonly down: ImpairedPath } | undefined;
  readonly plug: LanPlug;
  readonly cable = new CableMeter();

  constructor(ends: CableEnds, gate: PeerGate, mac: string) {
    this.#ends = ends;
    this.#gate = gate;
    this.plug = {
      mac,
      plugIn: (send) => {
        this.#joined = send;
      },
      deliver: (frame) => this.#deliver(frame),
    };
    this.#carry(ends.board, (frame) => {
      this.#count.fromBoard();
      this.#pace();
      if (!this.#impaired) return this.#fromBoard(frame);
      const lost = this.#impaired.up.send(frame);
      return lost === undefined ? undefined : dropped(lost);
    });
    this.#carry(ends.network, (frame) =>
      this.#joined ? dropped('not of the private network') : this.#fromNetwork(frame),
    );
  }

  summary(): string | undefined {
    const counted = this.#count.summary();
    if (this.#trouble === undefined) return counted;
    return `cut: ${this.#trouble}${counted === undefined ? '' : `; ${counted}`}`;
  }

  impair(impairment: Impairment): void {
    const up = (frame: Buffer): void => this.#pass(this.#fromBoard(frame));
    this.#impaired = {
      up: new ImpairedPath(impairment, { seed: 0, deliver: up }),
      down: new ImpairedPath(impairment, { seed: 1, deliver: (frame) => this.#toBoard(frame) }),
    };
  }

  /** To the boards that it is joined with, or through the gate. Ports are those that the board knows. */
  #fromBoard(frame: Buffer): Passage | undefined {
    if (this.#joined) {
      this.#joined(frame);
      return undefined;
    }
    const passage = this.#gate.fromBoard(frame);
    if (!('dropped' in passage) && passage.to === 'network') this.cable.note('up', frame);
    return passage;
  }

  #fromNetwork(frame: Buffer): Passage {
    const passage = this.#gate.fromNetwork(frame);
    if (!('dropped' in passage)) this.cable.note('down', passage.frame);
    return passage;
  }

  #carry(from: Duplex, decide: (frame: Buffer) => Passage | undefined): void {
    const splitter = new FrameSplitter();
    from.on('data', (bytes: Buffer) => {
      try {
        for (const frame of splitter.push(bytes)) this.#pass(decide(frame));
      } catch (error) {
        this.#trouble ??= messageOf(error);
        this.#cut();
      }
    });
    // The emulator is gone, or has lost its cable: how it ended is told by its exit.
    from.on('error', () => this.#cut());
    from.on('close', () => this.#cut());
  }

  #deliver(frame: Buffer): void {
    const { board } = this.#ends;
    if (board.writable && !board.writableNeedDrain) this.#pass({ to: 'board', frame });
    else this.#pass(dropped('the board was too slow'));
  }

  #pass(passage: Passage | undefined): void {
    if (!passage) return;
    if ('dropped' in passage) {
      this.#count.dropped(passage.dropped);
      return;
    }
    if (passage.to === 'network') {
      this.#write(this.#ends.network, passage.frame);
      return;
    }
    if (!this.#impaired) {
      this.#toBoard(passage.frame);
      return;
    }
    const lost = this.#impaired.down.send(passage.frame);
    if (lost !== undefined) this.#count.dropped(lost);
  }

  #toBoard(frame: Buffer): void {
    this.#count.toBoard();
    this.#write(this.#ends.board, frame);
  }

  #write(to: Duplex, frame: Buffer): void {
    if (to.writable && !to.write(withLength(frame))) this.#waitFor(to);
  }

  #waitFor(end: Duplex): void {
    if (this.#full.has(end)) return;
    this.#full.add(end);
    end.once('drain', () => {
      this.#full.delete(end);
      this.#regulate();
    });
    this.#regulate();
  }

  /** The board brings frames to both ends, since some of its own are answered; the network to the board only. */
  #regulate(): void {
    const { board, network } = this.#ends;
    if (this.#full.size > 0 || this.#rest) board.pause();
    else board.resume();
    if (this.#full.has(board)) network.pause();
    else network.resume();
  }

  #pace(): void {
    const nowMs = performance.now();
    const slices = Math.floor((nowMs - this.#sliceMs) / SLICE_MS);
    this.#sliceMs += slices * SLICE_MS;
    // One read may bring many short frames: what is beyond a slice is paid for in the next ones.
    this.#framesInSlice = Math.max(0, this.#framesInSlice - slices * MAX_FRAMES) + 1;
    if (this.#framesInSlice < MAX_FRAMES || this.#rest) return;
    const wake = (): void => {
      this.#rest = undefined;
      this.#regulate();
    };
    const restMs = Math.floor(this.#framesInSlice / MAX_FRAMES) * SLICE_MS;
    this.#rest = setTimeout(wake, this.#sliceMs + restMs - nowMs);
    this.#regulate();
  }

  #cut(): void {
    clearTimeout(this.#rest);
    this.#impaired?.up.close();
    this.#impaired?.down.close();
    this.#ends.board.destroy();
    this.#ends.network.destroy();
  }
}
