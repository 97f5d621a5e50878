import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { jsonLines, plainText, timedText } from './console-text.js';
import { gather } from './gather.js';

export const CONSOLE_FORMATS = ['text', 'jsonl', 'grlog'] as const;

export interface ConsoleRequest {
  /** The log file, as far as it is stored. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly format: (typeof CONSOLE_FORMATS)[number];
  readonly timestamps: boolean;
  /** File name without its extension. */
  readonly name: string;
}

/** Streams a console log as a download; it is never held whole. */
export async function sendConsole(res: Response, request: ConsoleRequest): Promise<void> {
  const { mime, extension, pieces } = rendering(request);
  res.attachment(`${request.name}.${extension}`).type(mime);
  await pipeline(Readable.from(gather(pieces)), res);
}

function rendering({ bytes, format, timestamps }: ConsoleRequest): {
  mime: string;
  extension: string;
  pieces: AsyncIterable<Uint8Array | string>;
} {
  switch (format) {
    case 'grlog':
      return { mime: 'application/octet-stream', extension: 'grlog', pieces: bytes };
    case 'jsonl':
      return {
        mime: 'application/jsonl; charset=utf-8',
        extension: 'jsonl',
        pieces: jsonLines(bytes),
      };
    case 'text':
      return {
        mime: 'text/plain; charset=utf-8',
        extension: 'txt',
        pieces: timestamps ? timedText(bytes) : plainText(bytes),
      };
  }
}
