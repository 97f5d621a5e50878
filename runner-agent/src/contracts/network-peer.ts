import type { EthernetCable, Impairment } from '@greenrack/farm-protocol';

/** The network that a board is plugged into, with peers for tests on it. */
export interface NetworkPeer {
  readonly plug: LanPlug;
  readonly cable: EthernetCable;
  /** From now on the network is a bad one, until the board loses its power. */
  impair(impairment: Impairment): void;
  /** One line of what has crossed the network since the board was powered, at most 1000 characters; undefined when nothing has. */
  summary(): string | undefined;
}

/** One port on which a peer answers. */
export interface PeerPort {
  readonly protocol: 'tcp' | 'udp';
  /** The port by which boards know the service, such as 7 for echo. */
  readonly port: number;
  /** The port on which it listens on this machine's loopback address. */
  readonly hostPort: number;
}

/** The peers that the agent runs for virtual boards. */
export interface PeerServices {
  /** Where the peers listen. The first call starts them for all boards. @throws RunFault with `boardStartFailed` */
  ports(): Promise<readonly PeerPort[]>;
}

/** A virtual board's end of the private network that an attempt may give its boards. */
export interface LanPlug {
  /** The board's Ethernet address. */
  readonly mac: string;
  /** From now on all that the board sends goes to `send`, and nothing else reaches it than what is delivered. */
  plugIn(send: (frame: Buffer) => void): void;
  /** Gives the board a frame; one that it does not take in time is lost, as on any wire. */
  deliver(frame: Buffer): void;
}
