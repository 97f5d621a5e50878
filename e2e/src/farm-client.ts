import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type AttemptEvent,
  type BoardView,
  type LiveClientToServer,
  type LiveServerToClient,
  type LiveTopic,
  type Problem,
  type RunDetail,
  type RunView,
  runDetailSchema,
  type SubmissionCreated,
  type SubmissionView,
  submissionCreatedSchema,
} from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';

export type LiveSocket = Socket<LiveServerToClient, LiveClientToServer>;

/** A refusal of the farm, with its problem document. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** The REST API and live events as tests and benchmarks need them. */
export class FarmClient {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  async request(method: string, path: string, body?: FormData | string): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token}` };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    return await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(60_000),
    });
  }

  async json(method: string, path: string, body?: FormData | string): Promise<unknown> {
    const response = await this.request(method, `/api/v1${path}`, body);
    const value: unknown = await response.json();
    if (!response.ok) throw new ProblemError(value as Problem);
    return value;
  }

  /** Submits a spec with the image files it names, given by path. */
  async submit(spec: object, imagePaths: readonly string[]): Promise<SubmissionCreated> {
    const form = new FormData();
    form.append('spec', JSON.stringify(spec));
    for (const path of imagePaths)
      form.append('image', new Blob([readFileSync(path)]), basename(path));
    return submissionCreatedSchema.parse(await this.json('POST', '/submissions', form));
  }

  async submission(id: string): Promise<SubmissionView> {
    return (await this.json('GET', `/submissions/${id}`)) as SubmissionView;
  }

  async run(id: string): Promise<RunDetail> {
    return runDetailSchema.parse(await this.json('GET', `/runs/${id}`));
  }

  async boards(): Promise<BoardView[]> {
    return ((await this.json('GET', '/boards')) as { items: BoardView[] }).items;
  }

  /** All runs of a submission, in order. */
  async runs(submissionId: string): Promise<RunView[]> {
    return await this.#pages<RunView>(`/submissions/${submissionId}/runs?limit=500`);
  }

  async #pages<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await this.json('GET', path + query)) as {
        items: T[];
        nextCursor: string | null;
      };
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  async events(runId: string, attempt: number): Promise<AttemptEvent[]> {
    const events: AttemptEvent[] = [];
    for (;;) {
      const after = events.at(-1)?.seq ?? 0;
      const path = `/runs/${runId}/attempts/${attempt}/events?after=${after}&limit=500`;
      const page = (await this.json('GET', path)) as { events: AttemptEvent[]; lastSeq: number };
      events.push(...page.events);
      if (page.events.length === 0 || (events.at(-1)?.seq ?? 0) >= page.lastSeq) return events;
    }
  }

  async consoleLog(runId: string, attempt: number): Promise<Uint8Array> {
    const response = await this.request(
      'GET',
      `/api/v1/runs/${runId}/attempts/${attempt}/console?format=grlog`,
    );
    if (!response.ok) throw new Error(`console of ${runId}/${attempt}: HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  live(): LiveSocket {
    return io(`${this.url}/live`, {
      transports: ['websocket'],
      multiplex: false,
      auth: { token: this.#token },
      reconnectionDelayMax: 500,
    });
  }

  /**
   * Waits until `done` holds for the submission, by live events; survives a controller that restarts.
   * @throws Error after `timeoutMs`, with the last view.
   */
  async waitFor(
    id: string,
    done: (view: SubmissionView) => boolean,
    timeoutMs = 120_000,
  ): Promise<SubmissionView> {
    const socket = this.live();
    let last: SubmissionView | undefined;
    try {
      return await new Promise<SubmissionView>((resolve, reject) => {
        const timer = setTimeout(
          () =>
            reject(
              new Error(
                `submission ${id} is not there after ${timeoutMs} ms: ${JSON.stringify(last)}`,
              ),
            ),
          timeoutMs,
        );
        const look = (view: SubmissionView) => {
          if (view.id !== id || (last && view.revision < last.revision)) return;
          last = view;
          if (!done(view)) return;
          clearTimeout(timer);
          resolve(view);
        };
        socket.on('submission', look);
        socket.on('connect', () => {
          const topic: LiveTopic = { topic: 'submission', id };
          socket.emit('subscribe', topic, () => {
            // The controller may die again between the two; the next connection looks again.
            this.submission(id).then(look, () => undefined);
          });
        });
      });
    } finally {
      socket.disconnect();
    }
  }

  /**
   * Waits until a board has come to that health or availability, by live events.
   * @throws Error after `timeoutMs`, with the last view.
   */
  async boardBecomes(
    serial: string,
    state: BoardView['health'] | BoardView['availability'],
    timeoutMs = 120_000,
  ): Promise<BoardView> {
    const socket = this.live();
    let last: BoardView | undefined;
    try {
      return await new Promise<BoardView>((resolve, reject) => {
        const late = () =>
          reject(
            new Error(`${serial} not ${state} within ${timeoutMs} ms: ${JSON.stringify(last)}`),
          );
        const timer = setTimeout(late, timeoutMs);
        const look = (view: BoardView) => {
          if (view.serial !== serial || (last && view.sinceMs < last.sinceMs)) return;
          last = view;
          if (view.health !== state && view.availability !== state) return;
          clearTimeout(timer);
          resolve(view);
        };
        socket.on('board', look);
        socket.on('connect', () => {
          const topic: LiveTopic = { topic: 'farm' };
          socket.emit('subscribe', topic, () => {
            this.boards().then((boards) => boards.forEach(look), reject);
          });
        });
      });
    } finally {
      socket.disconnect();
    }
  }

  async finished(id: string, timeoutMs = 120_000): Promise<SubmissionView> {
    return await this.waitFor(id, (view) => view.state === 'finished', timeoutMs);
  }
}
