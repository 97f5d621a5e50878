import type { WifiJoin, WifiStation } from '@greenrack/farm-protocol';

/** A Wi-Fi card and the air around it. */
export class PlayedWifi implements WifiStation {
  readonly calls: string[] = [];
  joined: WifiJoin = { how: 'joined', address: '192.168.10.2' };
  answersPing = true;

  async join({ ssid, password }: { ssid: string; password: string }): Promise<WifiJoin> {
    this.calls.push(`join ${ssid} ${password}`);
    return this.joined;
  }

  async ping(address: string): Promise<boolean> {
    this.calls.push(`ping ${address}`);
    return this.answersPing;
  }

  async leave(): Promise<void> {
    this.calls.push('leave');
  }
}
