import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConsoleLogDecoder } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { boardSpec, CM3DS, M3 } from './support/assignments.js';
import { itOnLowPorts, LOW_PORTS } from './support/low-ports.js';
import { asked } from './support/peer-clients.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start an emulator or a process. */
jest.setTimeout(180_000);
const m3 = boardSpec('virt-1', M3, { network: {} });
const cm3ds = boardSpec('virt-2', CM3DS, { network: {} });
const offline = boardSpec('virt-3', M3);
let rig: TestAgent;
beforeAll(async () => {
  rig = await TestAgent.start([m3, cm3ds, offline]);
});
afterAll(async () => await rig.stop());

async function run(file: string, where = m3) {
  const { attemptId } = await rig.begin(where, file, { timeoutMs: 90_000 });
  const end = await rig.controller.ended(attemptId);
  const kept = rig.controller.kept(attemptId);
  const records = new ConsoleLogDecoder().push(kept.console);
  const text = Buffer.concat(records.map((r) => r.bytes)).toString('latin1');
  const notes = kept.events.flatMap(({ body }) => (body.type === 'note' ? [body.text] : []));
  return { end, notes, text };
}

describe('a virtual board with Ethernet', () => {
  it.each(['net_udp_echo', 'net_tcp_echo', 'net_services', 'net_dhcp_dns', 'net_ctp'])(
    'has peers for %s, on either target',
    async (image) => {
      const both = await Promise.all([run(`${image}.elf`, m3), run(`${image}.elf`, cm3ds)]);
      for (const { end, notes, text } of both) {
        expect({ verdict: end.verdict, text }).toMatchObject({ verdict: 'pass' });
        expect(notes).toEqual([
          expect.stringMatching(/^network: \d+ frames from the board, \d+ to it/),
        ]);
      }
    },
  );

  it('reaches nobody else, and the record says what it has tried', async () => {
    const { end, notes, text } = await run('net_forbidden.elf');
    expect({ verdict: end.verdict, text }).toMatchObject({ verdict: 'pass' });
    for (const tried of ['TCP to 10.0.2.2:22', 'UDP to 8.8.8.8:53', 'UDP to 10.0.2.2:69'])
      expect(notes.join()).toContain(tried);
  });

  it('tells nothing of a network that nothing has crossed, or that a board does not have', async () => {
    expect((await run('smallest.elf')).notes).toEqual([]);
    expect((await run('smallest.elf', offline)).notes).toEqual([]);
  });
});

describe('an agent with peers for the lab', () => {
  const lab = '127.99.7.3';

  itOnLowPorts(
    `does not start without them, and says what to do: no test fails for their sake${LOW_PORTS}`,
    async () => {
      const inetd = createServer().listen(37, lab);
      await once(inetd, 'listening');
      const other = await TestAgent.start([]);
      try {
        await other.stopAgent();
        await expect(other.startAgent({ networkPeers: lab })).rejects.toThrow(
          /127\.99\.7\.3 TCP port 37: another program has it/,
        );
        inetd.close();
        await once(inetd, 'close');
        await other.startAgent({ networkPeers: lab });
        expect((await asked(7, ['hello'], { host: lab }))[0]?.toString()).toBe('hello');
      } finally {
        inetd.close();
        await other.stop();
      }
    },
  );
});
