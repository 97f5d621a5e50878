import type { AttemptEnd, StreamKind, StreamSeal } from '@greenrack/farm-protocol';

/** What is in a stream of this name. */
export function streamKind(name: string): StreamKind {
  return name.startsWith('console') ? 'console' : 'trace';
}

/** The seals of an attempt's streams, whichever form its end has. */
export function sealsOf({
  streams,
  consoleBytes,
  consoleSha256,
}: SealedEnd): readonly StreamSeal[] {
  if (streams) return streams;
  if (consoleBytes === undefined || consoleSha256 === undefined) return [];
  return [{ name: 'console', kind: 'console', bytes: consoleBytes, sha256: consoleSha256 }];
}

type SealedEnd = Pick<AttemptEnd, 'streams' | 'consoleBytes' | 'consoleSha256'>;
