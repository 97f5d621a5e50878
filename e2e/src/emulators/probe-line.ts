import { once } from 'node:events';
import { createServer } from 'node:net';

/** What a tool says and how it ends. */
export interface ToolAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Exit code; default 0. */
  readonly exit?: number;
  readonly hang?: boolean;
}

/** Where stand-in tools reach the emulated board: a line of arguments goes in, an answer comes back. */
export class ProbeLine {
  readonly path: string;
  readonly #server = createServer();

  private constructor(path: string) {
    this.path = path;
  }

  /** @param answer - called with the arguments of the tool, one call after the other for one board */
  static async listen(
    path: string,
    answer: (argv: readonly string[]) => Promise<ToolAnswer>,
  ): Promise<ProbeLine> {
    const line = new ProbeLine(path);
    line.#server.on('connection', (connection) => {
      // A tool that was killed is gone: nobody hears the answer.
      connection.on('error', () => undefined);
      connection.once('data', (text: Buffer) => {
        const argv = JSON.parse(text.toString('utf8')) as string[];
        void answer(argv).then(
          (said) => connection.end(JSON.stringify(said)),
          (error: unknown) => connection.end(JSON.stringify({ stderr: String(error), exit: 70 })),
        );
      });
    });
    line.#server.listen(path);
    await once(line.#server, 'listening');
    return line;
  }

  close(): void {
    this.#server.close();
  }
}
