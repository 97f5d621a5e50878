import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { freeSpace } from '../../src/store/free-space.js';

describe('the room for results', () => {
  it('is there or not, by what the file system says', async () => {
    expect(await freeSpace(tmpdir(), 1)).toEqual({
      ok: true,
      detail: expect.stringMatching(/^\d+ bytes are free where \/.* is$/),
    });
    expect(await freeSpace(tmpdir(), 2 ** 60)).toMatchObject({ ok: false });
  });

  it('is not known of a folder that is not there', async () => {
    expect(await freeSpace('/no/such/folder')).toEqual({
      ok: false,
      detail: expect.stringContaining('ENOENT'),
    });
  });
});
