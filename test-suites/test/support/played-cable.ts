import type { CableFlow, CableTraffic, EthernetCable } from '@greenrack/farm-protocol';

/** A cable of which a test says what has crossed it. */
export class PlayedCable implements EthernetCable {
  readonly asked: CableFlow[] = [];
  traffic: CableTraffic | undefined;

  takeTraffic(flow: CableFlow): CableTraffic | undefined {
    this.asked.push(flow);
    return this.traffic;
  }
}
