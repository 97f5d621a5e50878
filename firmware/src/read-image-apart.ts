import { once } from 'node:events';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Footprint } from './footprint.js';
import { type ImageFacts, type ImageQuestion, readFacts } from './image-facts.js';
import { ImageFormatError } from './image-format-error.js';
import type { ImageInfo } from './image-info.js';
import type { ImageAnswer } from './image-thread.js';

/** Up to this size even the slowest image, a HEX file of empty records, is read within some ten milliseconds. */
const AT_ONCE_BYTES = 512 * 1024;
/** Reading takes time in proportion to the size: the largest image needs a tenth of this. */
const DEADLINE_MS = 30_000;

const extension = extname(import.meta.url);
const ENTRY = new URL(`./image-thread${extension}`, import.meta.url);
/** Run from its source, as tests do, the thread needs a loader that reads TypeScript; tsx starts it in no thread by itself. */
const LOADER = extension === '.ts' ? ['--import', tsxInThread()] : [];

/** Two, so that one large image does not keep all others waiting. */
const MAX_THREADS = 2;
const idle: Worker[] = [];
const waiting: (() => void)[] = [];
let busy = 0;

/**
 * {@link readImage} for programs that may not stand still: a hostile file of 64 MB takes seconds, while boards write to
 * their consoles and agents wait for acknowledgements. Large images are read in threads, two at a time.
 * @param bytes - the caller's no more: a thread takes them over, because a copy of a large image takes long as well
 * @throws ImageFormatError; Error when the thread could not do its work
 */
export async function readImageApart(
  bytes: Uint8Array,
  name = 'image',
  lookFor: readonly string[] = [],
): Promise<ImageInfo> {
  const { info } = await factsApart({ what: 'info', bytes, name, lookFor });
  if (!info) throw new Error(`nothing was said of ${name}`);
  return info;
}

/**
 * {@link readFootprint} for the same programs, in the same threads.
 * @param bytes - the caller's no more
 * @throws ImageFormatError; Error when the thread could not do its work
 */
export async function readFootprintApart(bytes: Uint8Array, name = 'image'): Promise<Footprint> {
  const { footprint } = await factsApart({ what: 'footprint', bytes, name, lookFor: [] });
  if (!footprint) throw new Error(`nothing was said of ${name}`);
  return footprint;
}

async function factsApart(question: ImageQuestion): Promise<Partial<ImageFacts>> {
  if (question.bytes.byteLength <= AT_ONCE_BYTES) return readFacts(question);
  while (busy >= MAX_THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
  busy += 1;
  const answer = await ask(question).finally(() => {
    busy -= 1;
    waiting.shift()?.();
  });
  if (answer.ok) return answer.facts;
  throw new ImageFormatError(answer.problem, question.name);
}

async function ask(question: ImageQuestion): Promise<ImageAnswer> {
  const thread = idle.pop() ?? newThread();
  thread.ref();
  try {
    const answer = await answerOf(thread, question);
    idle.push(thread);
    return answer;
  } catch (error) {
    await thread.terminate();
    throw new Error(`${question.name} could not be read`, { cause: error });
  } finally {
    // Kept for the next image, but never what keeps a process alive.
    thread.unref();
  }
}

function newThread(): Worker {
  const thread = new Worker(ENTRY, { execArgv: LOADER, env: {} });
  const forget = () => {
    const at = idle.indexOf(thread);
    if (at >= 0) idle.splice(at, 1);
  };
  // Who waits for an answer hears of it too; without a listener it would end the process.
  thread.on('error', forget);
  thread.once('exit', forget);
  return thread;
}

async function answerOf(thread: Worker, question: ImageQuestion): Promise<ImageAnswer> {
  const gone = new AbortController();
  const left = () => gone.abort(new Error('the thread that reads images has ended'));
  thread.once('exit', left);
  try {
    const { bytes } = question;
    const isWhole =
      bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
    thread.postMessage(question, isWhole ? [bytes.buffer] : []);
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(DEADLINE_MS)]);
    const [answer] = await once(thread, 'message', { signal });
    return answer as ImageAnswer;
  } finally {
    thread.off('exit', left);
  }
}

function tsxInThread(): string {
  const api = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/cjs$/, 'mjs');
  return `data:text/javascript,import{register}from${JSON.stringify(pathToFileURL(api).href)};register()`;
}
