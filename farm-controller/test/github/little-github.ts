import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it answers to a request; undefined: it knows nothing of that. */
type Answer = (request: { path: string; query: URLSearchParams; body: string }) => {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
};

/** GitHub's REST service, as far as one test goes: it gives out tokens of installations, and answers by route. */
export class LittleGithub {
  readonly privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  /** By method and path, such as `GET /repos/acme/firmware/pulls/7`; others are not found. */
  readonly answers = new Map<string, Answer>();
  #url = '';
  readonly #server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('end', () => {
      const { pathname: path, searchParams: query } = new URL(req.url ?? '', 'http://x');
      const answer = path.endsWith('/access_tokens')
        ? token
        : this.answers.get(`${req.method} ${path}`);
      const { status, headers, body } =
        answer?.({ path, query, body: Buffer.concat(pieces).toString() }) ?? NOT_FOUND;
      res
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return this.#url;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const NOT_FOUND: ReturnType<Answer> = { status: 404, body: { message: 'Not Found' } };
const token: Answer = () => ({
  status: 201,
  body: {
    ...{ token: 'ghs_x', expires_at: '2099-01-01T00:00:00Z' },
    ...{ permissions: {}, repository_selection: 'all' },
  },
});
