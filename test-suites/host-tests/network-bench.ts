import type { HostTest, HostTestContext, HostTestMessage } from '@greenrack/farm-protocol';
import { finishOnEnd } from './end-verdict.js';

const IPERF_PORT = 5001;
const CARRIED = /^(tcp|udp);(up|down);(\d{1,9})$/;
/** TCP sends again what was lost; by UDP anything may be lost on the way. */
const MOST_TIMES = { tcp: 4, udp: Number.POSITIVE_INFINITY } as const;

/**
 * What the firmware says it has carried (`carried;tcp;up;bytes`) is held against what has crossed its cable: less cannot have,
 * and not many times as much. The host's own rate is a metric beside the board's.
 */
function compare(context: HostTestContext, value: string): void {
  const [, protocol, direction, text] = CARRIED.exec(value) ?? [];
  if ((protocol !== 'tcp' && protocol !== 'udp') || (direction !== 'up' && direction !== 'down')) {
    context.finish(
      'fail',
      `the board sent carried;${value.slice(0, 40)}, expected protocol, direction and bytes`,
    );
    return;
  }
  const said = Number(text);
  const traffic = context.instruments.ethernet.takeTraffic({
    protocol,
    direction,
    port: IPERF_PORT,
  });
  const what = `${protocol} ${direction}`;
  if (!traffic) {
    context.note(
      `${what}: the board says ${said} bytes; its cable is not ours, so nobody can tell`,
    );
    return;
  }
  const { payloadBytes, spanUs } = traffic;
  if (payloadBytes < said || payloadBytes > said * MOST_TIMES[protocol]) {
    context.finish(
      'fail',
      `${what}: the board says ${said} bytes, ${payloadBytes} have crossed its cable`,
    );
    return;
  }
  if (spanUs === 0) return;
  context.metric({
    name: `net.${protocol}.${direction}.host-rate`,
    value: Math.round((payloadBytes * 1_000_000) / spanUs),
    unit: 'bytes_per_second',
    direction: 'higher',
    kind: 'noisy',
  });
}

/** The host measures the throughput of the board's network, and checks what the board says of it. */
export const networkBench: HostTest = {
  name: 'network_bench',
  needs: ['ethernet'],
  start: (context) => ({
    onMessage(message: HostTestMessage) {
      if (message.key === 'carried') compare(context, message.value);
      else finishOnEnd(context, message);
    },
  }),
};
