import { parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker, PowerPart } from '../../contracts/board-part.js';
import { powerFault } from './power-fault.js';
import { type Output, switchFields, TwoWaySwitch } from './two-way-switch.js';

/*
 * pdudaemon's HTTP listener (LAVA project, docs of pdudaemon), port 16421:
 *
 *   GET /power/control/on?hostname=<PDU of its configuration>&port=<outlet>
 *   ◀── 200 when the request was put into the queue of that PDU; it does not tell when it was carried out
 */
const REQUEST_MS = 10_000;

const paramsSchema = z.strictObject({
  ...switchFields,
  /** Base URL of the daemon, such as `http://127.0.0.1:16421`. */
  url: z.url({ protocol: /^https?$/ }),
  hostname: z.string().regex(/^[A-Za-z0-9._-]{1,253}$/),
  port: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
});

class PduOutlet implements Output {
  readonly #params: z.infer<typeof paramsSchema>;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  /** Switches nothing: that something answers HTTP is all that can be seen. */
  async check(signal: AbortSignal): Promise<string> {
    const { url, hostname, port } = this.#params;
    await this.#get(new URL(url), signal);
    return `pdudaemon at ${url}, ${hostname} outlet ${port}`;
  }

  async set(isOn: boolean, signal: AbortSignal): Promise<void> {
    const { hostname, port } = this.#params;
    const url = new URL(`/power/control/${isOn ? 'on' : 'off'}`, this.#params.url);
    url.search = new URLSearchParams({ hostname, port }).toString();
    const response = await this.#get(url, signal);
    if (response.ok) return;
    const what = `pdudaemon answered ${response.status} for ${hostname} outlet ${port}`;
    throw powerFault(what, 'Compare hostname and port with the configuration of pdudaemon');
  }

  async #get(url: URL, signal: AbortSignal): Promise<Response> {
    try {
      const limits = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
      const response = await fetch(url, { signal: limits, redirect: 'error' });
      await response.body?.cancel();
      return response;
    } catch (error) {
      signal.throwIfAborted();
      throw powerFault(`pdudaemon at ${url.origin}`, 'Start it, or correct power.url', error);
    }
  }
}

export const maker: PartMaker<PowerPart> = {
  create(params, { where }) {
    const checked = parseOrThrow(paramsSchema, params, 'board_fault', where);
    return new TwoWaySwitch(new PduOutlet(checked), checked.offMs);
  },
};
