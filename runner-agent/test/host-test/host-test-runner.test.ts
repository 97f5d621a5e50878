import type { HostTest, HostTestContext, HostTestSession, Metric } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { lendInstruments } from '../../src/drivers/instruments.js';
import { MAX_QUEUED_ITEMS } from '../../src/host-test/handler-queue.js';
import {
  END_MS,
  type HostTestFault,
  type HostTestPort,
  HostTestRunner,
  HostTestStoppedError,
  HostTestUnknownError,
} from '../../src/host-test/host-test-runner.js';
import { ManualClock, settled } from '../greentea/support/manual-clock.js';

class RecordingPort implements HostTestPort {
  readonly clock = new ManualClock();
  readonly calls: string[] = [];
  readonly config = { target: 'SAMPLE', resetDelayMs: 0 };
  readonly instruments = lendInstruments([]).instruments;

  send(key: string, value: string): Promise<void> {
    this.calls.push(`send ${key};${value}`);
    return Promise.resolve();
  }
  finish(verdict: 'pass' | 'fail', message: string): void {
    this.calls.push(`finish ${verdict} ${message}`);
  }
  note(text: string): void {
    this.calls.push(`note ${text}`);
  }
  metric({ name, value }: Metric): void {
    this.calls.push(`metric ${name} ${value}`);
  }
  resetBoard(): Promise<void> {
    this.calls.push('reset');
    return Promise.resolve();
  }
  expectReset(): void {
    this.calls.push('expect');
  }
  expectCrash(): void {
    this.calls.push('expect crash');
  }
  resync(value: string): Promise<void> {
    this.calls.push(`resync ${value}`);
    return Promise.resolve();
  }
  setTimer(ms: number, fn: () => void): { cancel(): void } {
    return this.clock.setTimer(ms, fn);
  }
  nowUs(): number {
    return this.clock.nowUs();
  }
  leftMs(): number {
    return 10_000;
  }
  failed(message: string, reason: HostTestFault): void {
    this.calls.push(`${reason} ${message}`);
  }
  idle(): void {
    this.calls.push('idle');
  }
}

function started(start: (context: HostTestContext) => HostTestSession): {
  runner: HostTestRunner;
  port: RecordingPort;
} {
  const port = new RecordingPort();
  const test: HostTest = { name: 'sample', start };
  const runner = new HostTestRunner(test, port);
  runner.start();
  return { runner, port };
}

const message = (key: string, value = '0') => ({ key, value, atUs: 0 });

describe('the host-test runner', () => {
  it('calls handlers without promises in the turn of the message', () => {
    const { runner, port } = started((context) => ({ onMessage: ({ key }) => context.note(key) }));
    runner.message(message('a'));
    expect(port.calls).toEqual(['note a']);
    expect(runner.isIdle).toBe(true);
  });

  it('calls the next handler when the one before is done, in wire order', async () => {
    const { runner, port } = started((context) => ({
      async onMessage({ key }) {
        context.note(`begin ${key}`);
        await context.delay(10);
        context.note(`end ${key}`);
      },
      onLine: (text) => context.note(text),
    }));
    runner.message(message('a'));
    runner.line('between', 0);
    runner.message(message('b'));
    await port.clock.advance(20);
    expect(port.calls).toEqual([
      'note begin a',
      'note end a',
      'note between',
      'note begin b',
      'note end b',
      'idle',
    ]);
  });

  it('tells whether it needs every line', () => {
    expect(started(() => ({})).runner.wantsLines).toBe(false);
    expect(started(() => ({ onLine: () => undefined })).runner.wantsLines).toBe(true);
  });

  it.each<[string, HostTestSession['onMessage']]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('fails once when a handler %s', async (_, onMessage) => {
    const { runner, port } = started(() => (onMessage ? { onMessage } : {}));
    runner.message(message('a'));
    runner.message(message('b'));
    await settled();
    expect(port.calls).toEqual(['hostTestError host test sample: boom']);
  });

  it('fails when the host test cannot be started', () => {
    const { port } = started(() => {
      throw new Error('no fixture');
    });
    expect(port.calls).toEqual(['hostTestError host test sample: no fixture']);
  });

  it('fails a host test that falls behind without bound', () => {
    const { runner, port } = started(() => ({ onMessage: () => new Promise(() => undefined) }));
    for (let i = 0; i < MAX_QUEUED_ITEMS + 100; i++) runner.message(message('a'));
    expect(port.calls).toHaveLength(1);
    expect(port.calls[0]).toContain('fell behind');
  });

  it('fails a host test that is flooded with large values', () => {
    const { runner, port } = started(() => ({ onMessage: () => new Promise(() => undefined) }));
    for (let i = 0; i < 20; i++) runner.message(message('a', 'x'.repeat(1024 * 1024)));
    expect(port.calls[0]).toContain('fell behind');
  });

  it('handles a long queue of quick and slow messages in order', async () => {
    const seen: number[] = [];
    const { runner } = started(() => ({
      onMessage: ({ value }) => {
        seen.push(Number(value));
        return Number(value) % 3 === 0 ? Promise.resolve() : undefined;
      },
    }));
    for (let i = 0; i < 5000; i++) runner.message(message('n', String(i)));
    while (!runner.isIdle) await settled();
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });

  it('rejects a delay when the run ends and lets nothing happen after', async () => {
    let rejected: unknown;
    const { runner, port } = started((context) => ({
      async onMessage() {
        await context.delay(1000).catch((error: unknown) => {
          rejected = error;
        });
        context.finish('pass', 'too late');
        context.note('too late');
        context.expectReset();
        await context.send('a', 'b');
      },
    }));
    runner.message(message('a'));
    void runner.stop();
    await settled();
    expect(rejected).toBeInstanceOf(HostTestStoppedError);
    expect(port.calls).toEqual([]);
    expect(port.clock.pending).toBe(0);
  });

  it('leaves no unhandled rejection behind when a host test does not wait', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listen);
    const { runner } = started((context) => ({
      onMessage() {
        void context.delay(1000);
      },
    }));
    runner.message(message('a'));
    void runner.stop();
    await settled();
    await settled();
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('drops messages after the end', () => {
    const { runner, port } = started((context) => ({ onMessage: ({ key }) => context.note(key) }));
    void runner.stop();
    runner.message(message('a'));
    expect(port.calls).toEqual([]);
  });

  it('fails a host test that gives up outside of a handler', () => {
    let giveUp: ((cause: Error) => void) | undefined;
    const { port } = started((context) => {
      ({ giveUp } = context);
      return {};
    });
    giveUp?.(new Error('its process died'));
    giveUp?.(new Error('again'));
    expect(port.calls).toEqual(['hostTestError host test sample: its process died']);
  });

  it('tells a host test that does not exist from one that fails', () => {
    const { port } = started(() => {
      throw new HostTestUnknownError('there is no such host test');
    });
    expect(port.calls).toEqual(['hostTestUnknown there is no such host test']);
  });

  it('tells that the firmware has left when all before is handled', async () => {
    const { runner, port } = started((context) => ({
      onMessage: () => context.delay(10),
      onExit: () => context.note('exit'),
    }));
    runner.message(message('a'));
    void runner.exit();
    expect(port.calls).toEqual([]);
    await port.clock.advance(10);
    expect(port.calls).toEqual(['note exit', 'idle']);
  });

  it('ends a host test once, and waits for it', async () => {
    let ends = 0;
    let release: () => void = () => undefined;
    const { runner, port } = started(() => ({
      end: () => {
        ends++;
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    }));
    let isOver = false;
    const over = Promise.all([runner.stop(), runner.stop()]).then(() => {
      isOver = true;
    });
    await settled();
    expect([ends, isOver]).toEqual([1, false]);
    release();
    await over;
    expect([ends, port.calls, port.clock.pending]).toEqual([1, [], 0]);
  });

  it('ends a host test that has failed', async () => {
    let ends = 0;
    const { runner } = started(() => ({
      onMessage: () => Promise.reject(new Error('boom')),
      end: async () => void ends++,
    }));
    runner.message(message('a'));
    await settled();
    await runner.stop();
    expect(ends).toBe(1);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no')), 'no'],
    [
      'throws',
      () => {
        throw new Error('no');
      },
      'no',
    ],
    ['hangs', () => new Promise<void>(() => undefined), `not over within ${END_MS} ms`],
  ])('notes an end that %s', async (_, end, why) => {
    const { runner, port } = started(() => ({ end }));
    const over = runner.stop();
    await port.clock.advance(END_MS);
    await over;
    expect(port.calls).toEqual([`note host test sample did not end cleanly: ${why}`]);
  });
});
