import { createServer, request, type Server } from 'node:http';

/** A proxy that passes requests on without the headers that are for one hop, as a proxy does that nobody has told of WebSockets. */
export function proxyTo(url: string): Server {
  const proxy = createServer((incoming, response) => {
    const { connection: _, upgrade: __, ...headers } = incoming.headers;
    const { method = 'GET' } = incoming;
    const onward = request(new URL(incoming.url ?? '/', url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  // Without an `upgrade` listener Node.js treats the handshake as the plain request that it then is.
  return proxy.listen(0, '127.0.0.1');
}
