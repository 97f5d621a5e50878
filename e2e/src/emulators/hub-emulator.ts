import { join } from 'node:path';
import { ProbeLine, type ToolAnswer } from './probe-line.js';
import { StandInTool } from './stand-in-tool.js';

const missing = (location: string): string =>
  `No compatible devices detected at location ${location}!\nRun with -h to get usage info.\n`;

/** Port 2 of hub 1-1.4, and uhubctl 2.5 that switches it. */
export class HubEmulator {
  /** Where uhubctl is, for the inventory. */
  readonly wiring = { hub: '1-1.4', port: 2 } as const;
  isOn = false;
  /** Says that it switches and does not, as hubs do that uhubctl does not support. */
  isBroken = false;
  #line: ProbeLine | undefined;
  #tool: StandInTool | undefined;
  readonly #switched: (isOn: boolean) => Promise<void>;

  private constructor(switched: (isOn: boolean) => Promise<void>) {
    this.#switched = switched;
  }

  /** @param switched - called when the port is switched, before uhubctl says so */
  static async start(
    dir: string,
    switched: (isOn: boolean) => Promise<void> = async () => undefined,
  ): Promise<HubEmulator> {
    const hub = new HubEmulator(switched);
    const answer = async (argv: readonly string[]) => await hub.#answer(argv);
    hub.#line = await ProbeLine.listen(join(dir, 'hub.sock'), answer);
    hub.#tool = new StandInTool(dir, 'uhubctl', [{ tell: hub.#line.path }]);
    return hub;
  }

  get executable(): string {
    return this.#tool?.path ?? '';
  }

  close(): void {
    this.#line?.close();
  }

  async #answer(argv: readonly string[]): Promise<ToolAnswer> {
    const [l, location, p, port, a, action] = argv;
    if (l !== '-l' || p !== '-p' || location !== this.wiring.hub || port !== '2')
      return { stderr: missing(location ?? ''), exit: 1 };
    const current = `Current status for hub 1-1.4 [05e3:0608 USB2.0 Hub, USB 2.00, 4 ports, ppps]\n${this.#port}`;
    if (a !== '-a') return { stdout: current };
    await this.#set(action === 'on');
    return {
      stdout: `${current}Sent power ${action} request\nNew status for hub 1-1.4 [05e3:0608 USB2.0 Hub, USB 2.00, 4 ports, ppps]\n${this.#port}`,
    };
  }

  async #set(isOn: boolean): Promise<void> {
    if (this.isBroken || isOn === this.isOn) return;
    this.isOn = isOn;
    await this.#switched(isOn);
  }

  get #port(): string {
    return this.isOn ? '  Port 2: 0503 power highspeed enable connect\n' : '  Port 2: 0000 off\n';
  }
}
