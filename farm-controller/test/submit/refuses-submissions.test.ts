import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bin, elf } from '../web/support/images.js';
import { problemAt, problemOf } from '../web/support/request.js';
import {
  CM3DS,
  type FormPart,
  imagePart,
  M3,
  postForm,
  specOf,
  specPart,
} from '../web/support/submit.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

let farm: TestFarm;
beforeAll(async () => {
  farm = await startFarm();
});
afterAll(() => farm.close());

/** Rows and queue entries, which a refusal must leave alone. */
async function traces() {
  const [submissions, runs] = await Promise.all([
    farm.store.submissions.list({ limit: 500 }),
    farm.store.runs.list({}, { limit: 500 }),
  ]);
  return [submissions.items.length, runs.items.length, farm.heard.submitted.length];
}
beforeEach(async () => expect(await traces()).toEqual([0, 0, 0]));
afterEach(async () => expect(await traces()).toEqual([0, 0, 0]));

async function refusal(...parts: FormPart[]) {
  return problemOf(await postForm(farm, parts));
}
const good = elf();
const run = { image: 'a.elf', target: M3 };
const withImage = (spec: object, bytes: Uint8Array | string = good) =>
  refusal(specPart(spec), imagePart('a.elf', bytes));

describe('the spec is refused', () => {
  it.each([
    [{ ...specOf([run]), version: 2 }, 'version'],
    [{ ...specOf([run]), name: undefined }, 'name'],
    [{ ...specOf([run]), name: 'a\nb' }, 'name'],
    [specOf([]), 'runs'],
    [specOf([{ ...run, timeoutMs: 'soon' }]), 'runs[0].timeoutMs'],
    [specOf([run, { ...run, image: '../../etc/passwd' }]), 'runs[1].image'],
    [specOf([{ ...run, target: 'k64f; rm -rf /' }]), 'runs[0].target'],
    [specOf([{ ...run, command: 'make' }]), 'runs[0]'],
    [specOf([{ ...run, hostTest: '/bin/sh' }]), 'runs[0].hostTest'],
    [specOf([{ ...run, hostTest: 'echo;id' }]), 'runs[0].hostTest'],
    [specOf([{ ...run, hostTest: 'https://evil.example/x' }]), 'runs[0].hostTest'],
    [specOf([{ ...run, compareLog: '/etc/passwd' }]), 'runs[0].compareLog'],
    [specOf([{ ...run, image: 'https://evil.example/a.elf' }]), 'runs[0].image'],
    [specOf([run], { images: [{ name: 'a.elf', url: 'http://10.0.0.1/' }] }), 'images[0]'],
    [specOf([run], { images: [{ name: 'a.elf', sha256: 'abc' }] }), 'images[0].sha256'],
    [specOf([run], { images: [{ name: '.ssh' }] }), 'images[0].name'],
    [specOf([{ ...run, repeat: 1e9 }]), 'runs[0].repeat'],
    [specOf([{ ...run, expectCases: { a: 'pass' } }]), 'runs[0].expectCases.a'],
    [specOf([{ ...run, expectCases: { a: 'fail' }, expect: 'fail' }]), 'runs[0].expectCases'],
  ])('for a wrong field: %j', async (spec, path) => {
    const problem = await withImage(spec);
    expect(problem).toMatchObject({ status: 422, code: 'invalid_spec' });
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });

  it('for names that are listed twice', async () => {
    const images = [{ name: 'a.elf' }, { name: 'a.elf' }];
    const problem = await withImage(specOf([run], { images }));
    expect(problem).toMatchObject({ code: 'invalid_spec', errors: [{ path: 'images[1].name' }] });
  });

  it('for a name that stands twice in its YAML, and says where', async () => {
    const yaml = `version: 1\nname: a\nruns:\n  - { image: a.elf, target: ${M3} }\nname: b\n`;
    const part = { name: 'spec', fileName: 'spec.yaml', content: yaml };
    const problem = await refusal(part, imagePart('a.elf', good));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_spec' });
    expect(problem.errors?.[0]?.message).toContain("'name' stands twice, in line 2 and line 5");
  });

  it('for too many runs once they are repeated', async () => {
    const runs = Array.from({ length: 6 }, () => ({ ...run, repeat: 1000 }));
    const problem = await withImage(specOf(runs));
    expect(problem).toMatchObject({ code: 'invalid_spec', errors: [{ path: 'runs' }] });
    expect(problem.detail).toContain('6000 runs');
  });

  it('for expected lines that no agent could look for, each with its path', async () => {
    const lines = ['plain', '/(?=a)/', '/(.{1,40}a){20}$/'];
    const problem = await refusal(specPart(specOf([{ ...run, compareLog: { lines } }])));
    expect(problem.detail).toContain(
      'runs[0].compareLog.lines[1]: not a usable regular expression: invalid',
    );
    expect(problem.errors?.map(({ path }) => path)).toEqual([
      'runs[0].compareLog.lines[1]',
      'runs[0].compareLog.lines[2]',
    ]);
    expect(problem.errors?.[1]?.message).toContain('more than 256: shorten it');
  });

  it('for more different expressions than can be read in time, however often each is used', async () => {
    const lines = (from: number) => Array.from({ length: 200 }, (_, i) => `/line ${from + i}/`);
    const runs = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...run, compareLog: { lines: lines(i * 200) } }));
    const problem = await refusal(specPart(specOf([...runs(5), ...runs(5), ...runs(6)])));
    expect(problem.detail).toContain('1200 different regular expressions in compareLog');
  });

  it('for a target that no board has, with the nearest names', async () => {
    const problem = await withImage(specOf([run, { ...run, target: 'FVP_MPS2_M4' }]));
    expect(problem).toMatchObject({ status: 422, code: 'unknown_target' });
    expect(problem.errors?.[0]?.path).toBe('runs[1].target');
    expect(problem.detail).toContain('did you mean FVP_MPS2_M3?');
  });

  it('for a requirement that no board meets, with the reasons', async () => {
    const problem = await withImage(specOf([{ ...run, fixtures: ['ppk2'] }]));
    expect(problem).toMatchObject({ code: 'no_board_possible', errors: [{ path: 'runs[0]' }] });
    expect(problem.detail).toContain("virt-m3-01 has no fixture 'ppk2'");
    const pinned = await withImage(specOf([{ ...run, board: 'virt-cm3ds-01' }]));
    expect(pinned.detail).toContain('virt-cm3ds-01 is a ARM_CM3DS_MPS2');
    const nobody = await withImage(specOf([{ ...run, board: 'virt-m3-03' }]));
    expect(nobody.detail).toMatch(/there is no board virt-m3-03; did you mean .*virt-m3-0[12]/);
  });

  it.each([
    ['{"version": 1,', 'it is not JSON'],
    ['a: [1', 'it is not YAML'],
    ['a: 1\na: 2', 'it is not YAML'],
    [Buffer.from([0xff, 0xfe, 0x00]), 'it is not UTF-8'],
    [`a: &a [x,x,x,x,x,x,x,x,x]\n${bomb()}`, 'it is not YAML'],
  ])('when it cannot be read: %j', async (content, why) => {
    const problem = await refusal({ name: 'spec', content, fileName: 'spec' });
    expect(problem.code).toBe('invalid_spec');
    expect(problem.detail).toContain(why);
  });

  it.each(['[', '- ', '? ', '{a: ', '{"runs":[', '!', '&a ', '---\n', 'a: ', '- ]\n'])(
    'when 200 kB of it are %j, without harm to the process',
    async (piece) => {
      const content = piece.repeat(200_000 / piece.length);
      expect((await refusal(specPart(content))).code).toBe('invalid_spec');
    },
    30_000,
  );

  it('when a mapping has more keys than could be compared in time', async () => {
    const content = Array.from({ length: 70_000 }, (_, i) => `k${i}: x`).join('\n');
    const problem = await refusal(specPart(content));
    expect(problem.detail).toContain('more than 200 keys');
  });

  it('with a hundred of its wrong fields at most', async () => {
    const problem = await refusal(specPart(specOf(Array(3000).fill({}))));
    expect(problem.errors?.length).toBe(100);
    expect(problem.detail).toContain('(and at least 99 more)');
  });

  it('when it is over 1 MB, as a field or as a file', async () => {
    const content = `# ${'x'.repeat(1024 * 1024)}`;
    for (const fileName of [undefined, 'spec.yaml']) {
      const part = { name: 'spec', content, ...(fileName !== undefined && { fileName }) };
      expect(await refusal(part)).toMatchObject({ status: 413, code: 'payload_too_large' });
    }
  });

  it('when it is not the first part, or missing', async () => {
    const late = await refusal(imagePart('a.elf', good), specPart(specOf([run])));
    expect(late).toMatchObject({ code: 'invalid_request', errors: [{ path: 'spec' }] });
    expect((await refusal()).code).toBe('invalid_request');
  });

  it('when it names hashes only and one is not there', async () => {
    const images = [{ name: 'a.elf', sha256: 'a'.repeat(64) }];
    const json = specOf([run], { images });
    const problem = await problemAt(farm, '/api/v1/submissions', { as: 'submitter', json });
    expect(problem).toMatchObject({ code: 'image_missing', errors: [{ path: 'runs[0].image' }] });
  });
});

function bomb(): string {
  const names = 'abcdefgh';
  return [...names.slice(1)]
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${names[i]}`).join(',')}]`)
    .join('\n');
}

describe('an image is refused', () => {
  it('when no image of that name came', async () => {
    const problem = await refusal(specPart(specOf([{ ...run, image: 'b.elf' }])));
    expect(problem).toMatchObject({ code: 'image_missing', errors: [{ path: 'runs[0].image' }] });
  });

  it('when no run uses it', async () => {
    const problem = await refusal(specPart(specOf([run])), imagePart('b.elf', good));
    expect(problem).toMatchObject({ code: 'image_unused', errors: [{ path: 'image' }] });
    expect(problem.detail).toContain("'b.elf'");
  });

  it.each(['../a.elf', '/etc/passwd', 'dir/a.elf', '..\\\\a.elf', '.a', ''])(
    'when its file name is %j',
    async (name) => {
      const problem = await refusal(specPart(specOf([run])), imagePart(name, good));
      expect(problem).toMatchObject({ code: 'invalid_request', errors: [{ path: 'image' }] });
      expect(problem.detail).toContain('file name');
    },
  );

  it('when its part cannot be read', async () => {
    const problem = await refusal(specPart(specOf([run])), imagePart('a\u0000.elf', good));
    expect(problem).toMatchObject({ code: 'invalid_request' });
    expect(problem.detail).toContain('Malformed part header');
  });

  it('when it comes twice', async () => {
    const twice = imagePart('a.elf', good);
    const problem = await refusal(specPart(specOf([run])), twice, twice);
    expect(problem).toMatchObject({ code: 'invalid_request', errors: [{ path: 'image' }] });
  });

  it('when its part has another name', async () => {
    const part = { ...imagePart('a.elf', good), name: 'firmware' };
    const problem = await refusal(specPart(specOf([run])), part);
    expect(problem).toMatchObject({ code: 'invalid_request', errors: [{ path: 'firmware' }] });
  });

  it('when hash or size are not those that the spec announces', async () => {
    const sha256 = createHash('sha256').update('other').digest('hex');
    const images = [{ name: 'a.elf', sha256, sizeBytes: 1 }];
    const problem = await withImage(specOf([run], { images }));
    expect(problem.code).toBe('image_mismatch');
    expect(problem.errors?.map((error) => error.path)).toEqual([
      'images[0].sha256',
      'images[0].sizeBytes',
    ]);
  });

  it.each([
    ['a cut ELF', good.subarray(0, 70), 'image_broken'],
    ['a header that promises too much', brokenOffset(), 'image_broken'],
    ['nothing', Buffer.alloc(0), 'image_broken'],
    ['an ELF for x86', elf({ machine: 3 }), 'image_unsupported'],
    [
      'some text',
      Buffer.from('hello, I am no firmware at all, just text of some length…'),
      'image_unsupported',
    ],
    ['a ZIP archive', Buffer.from('PK\u0003\u0004rest of the bomb'), 'image_unsupported'],
    ['an empty ZIP archive', Buffer.from('PK\u0005\u0006'.padEnd(22, '\0')), 'image_unsupported'],
    ['a gzip bomb', gzipSync(Buffer.alloc(50_000_000)), 'image_unsupported'],
  ])('when it is %s', async (_what, bytes, code) => {
    const problem = await withImage(specOf([run]), bytes);
    expect(problem).toMatchObject({ status: 422, code, errors: [{ path: 'runs[0].image' }] });
  });

  it('under the name that the list of images gives it', async () => {
    const images = [{ name: 'z.elf' }, { name: 'a.elf' }];
    const problem = await withImage(specOf([run], { images }), good.subarray(0, 70));
    expect(problem.errors?.[0]?.path).toBe('images[1]');
  });

  it('when it was built for another target', async () => {
    const problem = await withImage(specOf([run]), elf({ target: CM3DS }));
    expect(problem).toMatchObject({
      code: 'image_wrong_target',
      errors: [{ path: 'runs[0].image' }],
    });
    expect(problem.detail).toContain(`built for ${CM3DS}`);
  });

  it('when the target has no memory where it loads', async () => {
    const problem = await withImage(specOf([run]), elf({ address: 0x0800_0000 }));
    expect(problem.code).toBe('image_wrong_target');
    expect(problem.detail).toContain('0x08000000');
    const across = elf({ address: 0x0040_0000 - 32, sizeBytes: 64 });
    expect((await withImage(specOf([run]), across)).code).toBe('image_wrong_target');
    const long = await withImage(specOf([run]), bin(0x40_0001));
    expect(long).toMatchObject({ code: 'image_wrong_target' });
  });

  it('when its vector table says that it is for another target', async () => {
    // Where Mbed's linker script for FVP_MPS2_M3 puts it; ARM_CM3DS_MPS2 has nothing below this address.
    const stackTop = 0x2040_0000;
    const spec = specOf([{ ...run, target: CM3DS }]);
    for (const image of [elf({ stackTop }), bin(256, stackTop)]) {
      const problem = await withImage(spec, image);
      expect(problem).toMatchObject({ status: 422, code: 'image_wrong_target' });
      expect(problem.detail).toContain(
        `has its stack below 0x20400000, where ${CM3DS} has no memory`,
      );
    }
    const astray = await withImage(specOf([run]), elf({ reset: 0x101 }));
    expect(astray.detail).toContain('starts at 0x00000100, where it loads nothing');
    const elsewhere = await withImage(specOf([run]), elf({ address: 0x2000_0000 }));
    expect(elsewhere.detail).toContain('loads nothing to 0x00000000');
  });

  it('when its format is not one that the target takes', async () => {
    const block = Buffer.alloc(512);
    for (const [at, value] of [
      [0, 0x0a324655],
      [4, 0x9e5d5157],
      [16, 256],
      [24, 1],
      [508, 0x0ab16f30],
    ] as const)
      block.writeUInt32LE(value, at);
    const problem = await withImage(specOf([run]), block);
    expect(problem).toMatchObject({ code: 'image_unsupported' });
    expect(problem.detail).toContain('takes elf, hex, bin');
  });
});

function brokenOffset(): Buffer {
  const image = Buffer.from(good);
  image.writeUInt32LE(0x7fff_ffff, 52 + 4);
  return image;
}

describe('a request is refused', () => {
  it.each([
    ['text/plain', 415, 'unsupported_media_type'],
    ['application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['multipart/form-data', 400, 'invalid_request'],
    ['multipart/form-data; boundary=', 400, 'invalid_request'],
    ['multipart/form-data; boundary=other', 400, 'invalid_request'],
  ])('as %s', async (type, status, code) => {
    const headers = { 'content-type': type };
    const problem = await problemOf(await postForm(farm, [specPart(specOf([run]))], { headers }));
    expect(problem).toMatchObject({ status, code });
  });

  it('when it is compressed', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const problem = await problemOf(await postForm(farm, [], { headers }));
    expect(problem).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it('with a role that may not submit', async () => {
    for (const role of ['viewer', 'agent'] as const) {
      const response = await postForm(farm, [specPart(specOf([run]))], { as: role });
      expect((await problemOf(response)).code).toBe('forbidden');
    }
  });
});
