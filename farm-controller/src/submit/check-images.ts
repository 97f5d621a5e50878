import {
  type Inventory,
  imageFormatsOf,
  memoryOf,
  vectorTableOf,
} from '@greenrack/board-inventory';
import { partsOf } from '@greenrack/farm-model';
import type { SubmissionSpec } from '@greenrack/farm-protocol';
import type { StoredImage } from '../store/ports.js';
import { NameHints } from './name-hints.js';
import { type Findings, type Refusal, refusal } from './refusal.js';

/** Images of a submission by name: those uploaded with it and those that the farm has had. */
export type ImagesByName = ReadonlyMap<string, StoredImage>;

/** What is wrong between a spec and the images that came with it. */
export function* checkImages(
  spec: SubmissionSpec,
  images: ImagesByName,
  inventory: Inventory,
): Findings {
  for (const [i, image] of spec.images.entries())
    yield* mismatches(image, images.get(image.name), i);
  const missing = new MissingImages(spec, images);
  const checked = new Map<string, Refusal[]>();
  for (const { name, target, path } of namedImages(spec)) {
    const image = images.get(name);
    if (!image) {
      yield missing.refusal(name, path);
      continue;
    }
    // Thousands of runs may share one image and target: judge the pair once.
    const key = `${name}|${target}`;
    const found = checked.get(key) ?? unsuitable(image, target, inventory);
    checked.set(key, found);
    yield undefined;
    for (const { code, message } of found) yield refusal(code, path, `'${name}' ${message}`);
  }
}

/** Every place where a run names an image. */
export function* namedImages(
  spec: SubmissionSpec,
): Generator<{ name: string; target: string; path: string }> {
  for (const [i, run] of spec.runs.entries())
    for (const [j, { image: name, target }] of partsOf(run).entries())
      yield { name, target, path: `runs[${i}]${j === 0 ? '' : `.partners[${j - 1}]`}.image` };
}

/** Where the spec names an image: its entry in `images`, or else the first run that uses it. */
export function pathOfImage(spec: SubmissionSpec, name: string): string | undefined {
  const listed = spec.images.findIndex((image) => image.name === name);
  if (listed >= 0) return `images[${listed}]`;
  for (const used of namedImages(spec)) if (used.name === name) return used.path;
  return undefined;
}

function mismatches(
  said: SubmissionSpec['images'][number],
  image: StoredImage | undefined,
  index: number,
): Refusal[] {
  if (!image) return [];
  const wrong: Refusal[] = [];
  const differ = (field: 'sha256' | 'sizeBytes', is: string | number) =>
    wrong.push(
      refusal(
        'image_mismatch',
        `images[${index}].${field}`,
        `the spec says ${said[field]}, the bytes of '${said.name}' have ${is}`,
      ),
    );
  if (said.sha256 !== undefined && said.sha256 !== image.sha256) differ('sha256', image.sha256);
  if (said.sizeBytes !== undefined && said.sizeBytes !== image.sizeBytes)
    differ('sizeBytes', image.sizeBytes);
  return wrong;
}

/** Says of an image that is not there why it is not. */
class MissingImages {
  readonly #listed: ReadonlyMap<string, SubmissionSpec['images'][number]>;
  readonly #hints: NameHints;

  constructor(spec: SubmissionSpec, images: ImagesByName) {
    this.#listed = new Map(spec.images.map((image) => [image.name, image]));
    this.#hints = new NameHints(new Set([...this.#listed.keys(), ...images.keys()]));
  }

  refusal(name: string, path: string): Refusal {
    const listed = this.#listed.get(name);
    const refuse = (message: string) => refusal('image_missing', path, message);
    if (!listed) return refuse(this.#hints.after(`no image '${name}' came with it`, name));
    if (listed.sha256 === undefined)
      return refuse(`'${name}' was not uploaded and its entry has no sha256`);
    return refuse(`'${name}' was not uploaded and the farm has no image ${listed.sha256}`);
  }
}

function unsuitable(image: StoredImage, target: string, inventory: Inventory): Refusal[] {
  const formats = imageFormatsOf(inventory, target);
  if ((formats.length > 0 || image.format === 'raw') && !formats.includes(image.format))
    return [
      refusal(
        'image_unsupported',
        '',
        `is ${image.format}; ${target} takes ${formats.join(', ') || 'images for flash'}`,
      ),
    ];
  if (image.targetName !== undefined && image.targetName !== target)
    return [
      refusal(
        'image_wrong_target',
        '',
        `was built for ${image.targetName}, the run asks for ${target}`,
      ),
    ];
  // A card has no addresses.
  if (image.format === 'raw') return [];
  const outside = outsideMemory(image, target, inventory) || strayVectors(image, target, inventory);
  return outside === '' ? [] : [refusal('image_wrong_target', '', outside)];
}

/** Which part of the image has no memory on this target; empty when all has, or when the model states none. */
function outsideMemory(image: StoredImage, target: string, inventory: Inventory): string {
  const memory = memoryOf(inventory, target);
  if (memory.length === 0) return '';
  if (image.format === 'bin') {
    // A BIN has no addresses: it goes where the target starts.
    const room = memory[0]?.sizeBytes ?? 0;
    return image.sizeBytes <= room
      ? ''
      : `has ${image.sizeBytes} bytes, ${target} has room for ${room}`;
  }
  const lost = image.segments.find((segment) => !isInMemory(segment, memory));
  if (!lost) return '';
  const end = lost.address + lost.sizeBytes;
  return `loads to ${hex(lost.address)}–${hex(end - 1)}, where ${target} has no memory`;
}

/**
 * Why the core could not even start with this image; empty when it can, or when nothing is known of the target. An image
 * for another target whose addresses happen to fit shows itself here and not by a lockup on a board.
 */
function strayVectors(image: StoredImage, target: string, inventory: Inventory): string {
  const table = vectorTableOf(inventory, target);
  if (table === undefined) return '';
  const brings = image.segments.find((segment) => covers(segment, table));
  if (!brings) return `loads nothing to ${hex(table)}, where ${target} has its vector table`;
  if (brings.address !== table || !brings.head) return '';
  const [stackTop, reset] = brings.head;
  // The stack grows down: its first word is the one below.
  const first = { address: stackTop - 4, sizeBytes: 4 };
  if (!isInMemory(first, memoryOf(inventory, target)))
    return `has its stack below ${hex(stackTop)}, where ${target} has no memory`;
  const start = reset - (reset % 2);
  if (!image.segments.some((segment) => covers(segment, start)))
    return `starts at ${hex(start)}, where it loads nothing`;
  return '';
}

function covers({ address, sizeBytes }: Range, at: number): boolean {
  return address <= at && at < address + sizeBytes;
}

type Range = { readonly address: number; readonly sizeBytes: number };

/** Regions rise and may touch: a segment may go across the border of two that do. */
function isInMemory(segment: Range, memory: readonly Range[]): boolean {
  let at = segment.address;
  const end = segment.address + segment.sizeBytes;
  for (const region of memory) {
    const regionEnd = region.address + region.sizeBytes;
    if (region.address <= at && at < regionEnd) at = regionEnd;
  }
  return at >= end && at > segment.address;
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}
