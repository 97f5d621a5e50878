/** Statuses of a server that has not understood that a WebSocket was wanted. One that is merely down says 5xx. */
const NO_UPGRADE = /Unexpected server response: (200|400|404|405|426|501)$/;

/** What is missing on the way when the handshake of a WebSocket failed as a plain request does; else undefined. */
export function whyNoWebSocket(error: Error): string | undefined {
  const description: unknown = 'description' in error ? error.description : undefined;
  const message =
    description instanceof Object && 'message' in description ? description.message : '';
  const status = NO_UPGRADE.exec(String(message))?.[1];
  if (status === undefined) return undefined;
  return `a WebSocket was answered with HTTP ${status}. A proxy on the way has to pass the headers Upgrade and Connection on`;
}
