import { describe, expect, it } from '@jest/globals';
import { HostTestBench } from './support/host-test-bench.js';
import { PlayedCable } from './support/played-cable.js';

function bench(traffic?: PlayedCable['traffic']) {
  const ethernet = new PlayedCable();
  ethernet.traffic = traffic;
  const config = { target: 'FVP_MPS2_M3', resetDelayMs: 0 };
  return new HostTestBench('network_bench', config, { ethernet });
}

describe('network_bench', () => {
  it('measures on the host what the board says it has carried', async () => {
    const played = bench({ payloadBytes: 1_000_000, spanUs: 500_000 });
    await played.say('carried', 'tcp;up;1000000');
    expect(played.metrics).toEqual([
      {
        ...{ name: 'net.tcp.up.host-rate', value: 2_000_000, unit: 'bytes_per_second' },
        ...{ direction: 'higher', kind: 'noisy' },
      },
    ]);
    await played.say('end', 'success');
    expect(played.verdict).toBe('pass');
  });

  it.each([
    ['more than has crossed its cable', 'tcp;up;1000001'],
    ['a small part of it', 'tcp;up;1000'],
    ['what cannot be read', 'tcp;sideways;1000'],
  ])('fails a board that says %s', async (_what, value) => {
    const played = bench({ payloadBytes: 1_000_000, spanUs: 500_000 });
    await played.say('carried', value);
    expect(played.verdict).toBe('fail');
  });

  it('only notes it when the cable is not ours', async () => {
    const played = bench();
    await played.say('carried', 'udp;up;5');
    expect(played.finished).toEqual([]);
    expect(played.notes).toEqual([
      'udp up: the board says 5 bytes; its cable is not ours, so nobody can tell',
    ]);
  });
});
