import { ctpForward } from '../ethernet/ctp-forward.js';
import { ETHER_TYPE, ETHERNET_HEADER_BYTES, etherTypeOf } from '../ethernet/ethernet-frame.js';
import type { Logger } from '../logger.js';
import { PacketSocket, type PacketSocketOptions } from './packet-socket.js';

export interface CtpStationOptions extends Pick<PacketSocketOptions, 'nic' | 'prefix'> {
  readonly log: Logger;
}

/** Loops Ethernet CTP frames back on a network card: the partner that Mbed's EMAC tests look for in their segment. */
export class CtpStation {
  readonly #socket: PacketSocket;
  #isClosing = false;

  private constructor(socket: PacketSocket, { nic, log }: CtpStationOptions) {
    this.#socket = socket;
    void socket.ended.then((why) => {
      if (!this.#isClosing)
        log.error(
          `Ethernet CTP on ${nic} is off: ${why}. Restart the agent when the card is back.`,
        );
    });
  }

  /** @throws Error that says what to do */
  static async open(options: CtpStationOptions): Promise<CtpStation> {
    const socket: PacketSocket = await PacketSocket.open({
      ...options,
      received: (frame) => {
        if (frame.length < ETHERNET_HEADER_BYTES || etherTypeOf(frame) !== ETHER_TYPE.ctp) return;
        const forwarded = ctpForward(frame, socket.mac);
        if (forwarded) socket.send(forwarded);
      },
    });
    return new CtpStation(socket, options);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#socket.close();
  }
}
