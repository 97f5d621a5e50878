import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import type { ImageFormat } from '@greenrack/firmware';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Board } from '../../src/contracts/board-driver.js';
import type { FlashImage } from '../../src/contracts/flasher.js';
import { CollectingListener } from '../support/console-listener.js';
import { loadDriver } from '../support/load-driver.js';

export interface BoardRig {
  readonly spec: BoardSpec;
  /** An image that waits for `__sync` and then passes. */
  readonly image: FlashImage;
  /** A format that the board does not take; default UF2. */
  readonly refuses?: ImageFormat;
  close(): Promise<void>;
}

const wanted = new AbortController().signal;

/** What every board driver promises, whatever the board is. */
export function itIsABoard(name: string, makeRig: () => Promise<BoardRig>): void {
  describe(`${name} as a board`, () => {
    let rig: BoardRig;
    let board: Board;
    let workDir: string;
    beforeEach(async () => {
      rig = await makeRig();
      workDir = join(mkdtempSync(join(tmpdir(), 'greenrack-board-')), 'work');
      const driver = await loadDriver(rig.spec.wiring.driver);
      if (!driver) throw new Error(`no driver ${rig.spec.wiring.driver}`);
      board = await driver.create(rig.spec, workDir);
    });
    afterEach(async () => {
      await board.console.close();
      await board.power.off();
      await board.dispose();
      await rig.close();
      rmSync(join(workDir, '..'), { recursive: true, force: true });
    });

    async function started(): Promise<CollectingListener> {
      const listener = new CollectingListener();
      await board.power.on(wanted);
      await board.flasher.flash(rig.image, wanted);
      await board.console.open(listener, wanted);
      await board.resetLine.reset(wanted);
      return listener;
    }

    async function greet(listener: CollectingListener, uuid: string): Promise<void> {
      await board.console.write(Buffer.from(`mbedmbed{{__sync;${uuid}}}\n`));
      await listener.hears(`{{__sync;${uuid}}}`);
      await listener.hears('{{__exit;0}}');
    }

    it('is usable and says what it found', async () => {
      const finding = await board.probe(wanted);
      expect(finding).toEqual({ usable: true, detail: expect.stringMatching(/\S/) });
    });

    it('runs what it was flashed with, after a reset', async () => {
      const listener = await started();
      await greet(listener, 'first');
      expect(listener.text).toContain('{{end;success}}');
      expect(listener.losses).toEqual([]);
    });

    it('runs it again after another reset', async () => {
      const listener = await started();
      await greet(listener, 'first');
      listener.text = '';
      await board.resetLine.reset(wanted);
      await greet(listener, 'second');
    });

    it('serves one attempt after the other', async () => {
      for (const uuid of ['one', 'two']) {
        await greet(await started(), uuid);
        await board.console.close();
        await board.power.off();
      }
    });

    it('refuses an image of a format that it cannot load, and says which it takes', async () => {
      await board.power.on(wanted);
      const format = rig.refuses ?? 'uf2';
      const image = { ...rig.image, info: { ...rig.image.info, format } };
      await expect(board.flasher.flash(image, wanted)).rejects.toMatchObject({
        reason: 'imageUnsuitable',
        message: expect.stringMatching(/Submit/),
      });
    });

    it('stops at once when it is told to', async () => {
      const stopped = AbortSignal.abort(new Error('not wanted'));
      await expect(board.power.on(stopped).then(() => board.probe(stopped))).rejects.toThrow(
        'not wanted',
      );
    });

    it('takes no bytes when its console is not open', async () => {
      await expect(board.console.write(Buffer.from('x'))).rejects.toMatchObject({
        reason: 'consoleLost',
      });
    });

    it('may be closed and switched off as often as one likes', async () => {
      await started();
      for (let i = 0; i < 2; i++) {
        await board.console.close();
        await board.power.off();
      }
    });

    it('leaves no files behind', async () => {
      await started();
      await board.console.close();
      await board.dispose();
      expect(existsSync(workDir)).toBe(false);
    });
  });
}
