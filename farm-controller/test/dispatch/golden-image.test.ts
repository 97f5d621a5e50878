import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  becomes,
  checkSubmissions,
  clock,
  dir,
  farm,
  joined,
  passUntil,
  spoil,
} from '../support/health-bench.js';
import { bin } from '../web/support/images.js';

describe('a suspect board', () => {
  it('is quarantined at once when its model has no golden image', async () => {
    const agent = await joined({ goldenImages: new Map() });
    await spoil(agent);
    await becomes('B1', 'quarantined');
    expect(farm.boards.get('B1')?.healthCause).toBe(
      'no golden image: model k64f names none (goldenImage in models/)',
    );
    expect(await checkSubmissions()).toEqual([]);
  });

  it.each([
    ['is not there', (path: string) => rmSync(path), /golden\.bin cannot be read: .*ENOENT/],
    ['is no image', (path: string) => writeFileSync(path, ''), /golden\.bin: /],
  ])('is quarantined when its golden image %s for a minute', async (_what, spoilImage, cause) => {
    const agent = await joined();
    spoilImage(join(dir, 'golden.bin'));
    const fromMs = clock.now();
    await spoil(agent);
    await passUntil(becomes('B1', 'quarantined'));
    expect(clock.now() - fromMs).toBeGreaterThanOrEqual(60_000);
    expect(farm.boards.get('B1')?.healthCause).toMatch(cause);
  });

  it('waits while its golden image is being built, each time', async () => {
    const agent = await joined();
    const path = join(dir, 'golden.bin');
    for (const n of [0, 1]) {
      rmSync(path);
      await spoil(agent, 3 * n);
      await clock.armedWithin(5_000);
      clock.advance(50_000);
      writeFileSync(path, bin());
      await agent.complete(await passUntil(agent.order(3 * n + 2)));
      await becomes('B1', 'good');
    }
  });

  it('does not lose its place to a clock that leaps while its golden image is being built', async () => {
    const agent = await joined();
    const path = join(dir, 'golden.bin');
    rmSync(path);
    await spoil(agent);
    await clock.armedWithin(5_000);
    clock.leap(3_600_000);
    clock.advance(1);
    await clock.armedWithin(5_000);
    expect(farm.boards.get('B1')?.health).toBe('suspect');
    writeFileSync(path, bin());
    await agent.complete(await passUntil(agent.order(2)));
    await becomes('B1', 'good');
  });

  it('is not examined with a golden image that is being written', async () => {
    const agent = await joined();
    const path = join(dir, 'golden.bin');
    const writtenAt = (ms: number) => utimesSync(path, ms / 1000, ms / 1000);
    writtenAt(clock.now() - 1_000);
    await spoil(agent);
    await clock.armedWithin(5_000);
    expect(await checkSubmissions()).toEqual([]);
    await agent.complete(await passUntil(agent.order(2)));
    await becomes('B1', 'good');
  });

  it('has a minute each time that it is suspect', async () => {
    const agent = await joined();
    rmSync(join(dir, 'golden.bin'));
    for (const n of [0, 1]) {
      const fromMs = clock.now();
      await spoil(agent, 2 * n);
      await passUntil(becomes('B1', 'quarantined'));
      expect(clock.now() - fromMs).toBeGreaterThanOrEqual(60_000);
      const good = { health: 'good', cause: 'looked at', actor: 'ana' } as const;
      const change = await farm.store.health.set('B1', good, clock.now());
      if (change) farm.stages.on.viewsChanged(change);
      await becomes('B1', 'good');
    }
  });
});
