import type { IncomingMessage } from 'node:http';

/** How long, and for how many bytes, we go on reading a body that has been refused. */
const LINGER_MS = 1000;
const LINGER_BYTES = 8 * 1024 * 1024;

/**
 * Lets a client that still sends read its answer, a refusal as a rule. Closing at once would reset the connection and lose the answer;
 * reading to the end would take a 2 GB upload for nothing. So we read on a little, throw the bytes away, then hang up.
 */
export function lingerThenHangUp(req: IncomingMessage): void {
  if (req.complete || req.destroyed) return;
  const hangUp = () => req.socket.destroy();
  const deadline = setTimeout(hangUp, LINGER_MS);
  let bytes = 0;
  req.on('data', (piece: Uint8Array) => {
    bytes += piece.byteLength;
    if (bytes > LINGER_BYTES) hangUp();
  });
  req.once('close', () => clearTimeout(deadline));
  req.once('end', () => clearTimeout(deadline));
  req.resume();
}
