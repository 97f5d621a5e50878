import { createServer, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import {
  type AttemptEvent,
  type LiveClientToServer,
  type LiveServerToClient,
  liveTopicSchema,
  type RunView,
} from '@greenrack/farm-protocol';
import express, { type Response } from 'express';
import { Server, type Socket } from 'socket.io';
import { fixtureConsole, fixtureDetail, fixtureEvents } from './fixture-attempts.js';
import { type FarmMode, fixtureFarm } from './fixture-farm.js';
import { FixtureWork } from './fixture-work.js';

/*
 * A controller for looking at the pages: serves the built app and speaks the real protocol with made-up data.
 *   tsx test/support/fixture-controller.ts [empty|demo|many] [port] [token]
 * POST /fixture/gone and /fixture/back take the controller away and bring it back.
 */
type LiveSocket = Socket<LiveClientToServer, LiveServerToClient>;
const CHUNK = 256 * 1024;
const CSP =
  "default-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const mode = (process.argv[2] ?? 'demo') as FarmMode;
const port = Number(process.argv[3] ?? 8090);
const wantedToken = process.argv[4];
const farm = fixtureFarm(mode);
const app = express();
const http = createServer(app);
const io = new Server(http, { serveClient: false });
const live = io.of('/live');
let gone = false;
io.engine.use((req: IncomingMessage, _res: unknown, next: () => void) => {
  if (gone) req.socket.destroy();
  else next();
});

function problem(res: Response, status: number, code: string, detail: string): void {
  res.status(status).type('application/problem+json');
  res.send(
    JSON.stringify({ type: 'about:blank', title: code, status, code, detail, requestId: 'req-42' }),
  );
}

function page<T>(res: Response, items: readonly T[], query: Record<string, unknown>): void {
  const start = Number(query.cursor ?? 0);
  const end = start + Number(query.limit ?? 50);
  res.json({ items: items.slice(start, end), nextCursor: end < items.length ? String(end) : null });
}

app.use((_req, res, next) => {
  res.setHeader('content-security-policy', CSP);
  next();
});
app.post('/fixture/:state', (req, res) => {
  gone = req.params.state === 'gone';
  if (gone) live.disconnectSockets(true);
  res.json({ gone });
});

const api = express.Router();
api.use((req, res, next) => {
  const bearer = req.headers.authorization?.replace('Bearer ', '');
  if (gone) res.socket?.destroy();
  else if (wantedToken !== undefined && bearer !== wantedToken)
    problem(res, 401, 'unauthorized', 'This token is not known here.');
  else next();
});
api.get('/whoami', (_req, res) => {
  res.json({
    name: wantedToken ? 'anna' : 'anonymous',
    role: wantedToken ? 'operator' : 'submitter',
    tenant: 'default',
  });
});
api.get('/boards', (req, res) => page(res, [...farm.boards.values()], req.query));
api.get('/boards/:serial/history', (req, res) => {
  const board = farm.boards.get(req.params.serial);
  if (!board) return problem(res, 404, 'not_found', 'No such board.');
  const older = {
    availability: 'offline',
    health: 'good',
    cause: 'Agent disconnected',
    actor: 'controller',
    evidence: 'transport close after 25 s',
  } as const;
  return page(
    res,
    [
      { ...board, atMs: board.sinceMs, evidence: null },
      { ...older, atMs: board.sinceMs - 4e6 },
    ],
    {},
  );
});
api.get('/agents', (req, res) => page(res, [...farm.agents.values()], req.query));
api.get('/submissions', (req, res) =>
  page(
    res,
    [...farm.submissions.values()].sort((a, b) => b.createdMs - a.createdMs),
    req.query,
  ),
);
api.get('/submissions/:id', (req, res) => {
  const view = farm.submissions.get(req.params.id);
  if (view) res.json(view);
  else problem(res, 404, 'not_found', `There is no submission ${req.params.id}.`);
});
api.get('/submissions/:id/runs', (req, res) =>
  page(
    res,
    [...farm.runs.values()].filter((run) => run.submissionId === req.params.id),
    req.query,
  ),
);
api.get('/runs', (req, res) =>
  page(
    res,
    [...farm.runs.values()].filter((run) => run.boardSerial === req.query.board).reverse(),
    { limit: req.query.limit },
  ),
);
api.get(['/tests', '/series', '/schedules'], (_req, res) => page(res, [], {}));
api.get('/queue', (_req, res) => void res.json({ lanes: [], moreLanes: 0, tenants: [] }));
api.get('/runs/:id/attempts/:number/traces', (_req, res) => {
  res.json({ items: [], unreadable: [] });
});
api.get('/runs/:id', (req, res) => {
  const run = farm.runs.get(req.params.id);
  if (run) res.json(fixtureDetail(run));
  else problem(res, 404, 'not_found', `There is no run ${req.params.id}.`);
});
api.get('/runs/:id/attempts/:number/events', (req, res) => {
  const run = farm.runs.get(req.params.id);
  const all: AttemptEvent[] = run ? fixtureEvents(run) : [];
  const events = all.filter((event) => event.seq > Number(req.query.after ?? 0));
  res.json({ events, lastSeq: all.length });
});
api.post('/submissions/:id/cancel', (_req, res) => void res.status(202).json({}));
api.get(['/submissions/:id/:report', '/runs/:id/attempts/:number/console'], (req, res) => {
  res.type('text/plain').send(`made up for ${req.path}\n`);
});
api.use((_req, res) => problem(res, 404, 'not_found', 'No such route.'));
app.use('/api/v1', api);

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
app.use(express.static(dist));
app.use((_req, res) => res.sendFile('index.html', { root: dist }));

function runOfAttempt(id: string): RunView | undefined {
  return [...farm.runs.values()].find((run) =>
    run.state === 'queued'
      ? false
      : fixtureDetail(run).attemptList.some((attempt) => attempt.id === id),
  );
}

function sendConsole(socket: LiveSocket, attemptId: string, from: number): void {
  const run = runOfAttempt(attemptId);
  if (!run) return;
  const bytes = fixtureConsole(run).all();
  const done = run.state === 'finished';
  for (let offset = from; offset < bytes.length; offset += CHUNK) {
    const data = bytes.subarray(offset, offset + CHUNK);
    socket.emit('console', {
      attemptId,
      offset,
      data,
      done: done && offset + CHUNK >= bytes.length,
    });
  }
}

const room = (topic: ReturnType<typeof liveTopicSchema.parse>) =>
  'id' in topic ? `${topic.topic}:${topic.id}` : topic.topic;

live.use((socket, next) => {
  const { token } = socket.handshake.auth as { token?: string };
  next(token !== wantedToken ? new Error('unauthorized') : undefined);
});
live.on('connection', (socket: LiveSocket) => {
  socket.on('subscribe', (input, reply) => {
    const topic = liveTopicSchema.parse(input);
    void socket.join(room(topic));
    reply({ ok: true });
    if (topic.topic === 'console') sendConsole(socket, topic.id, topic.offset);
  });
  socket.on('unsubscribe', (input, reply) => {
    void socket.leave(room(liveTopicSchema.parse(input)));
    reply({ ok: true });
  });
});

const work = new FixtureWork(farm, {
  board: (view) => live.to('farm').emit('board', view),
  submission: (view) => live.to(['farm', `submission:${view.id}`]).emit('submission', view),
  run: (view) => live.to([`submission:${view.submissionId}`, `run:${view.id}`]).emit('run', view),
  console: (attemptId, offset, data) =>
    live.to(`console:${attemptId}`).emit('console', { attemptId, offset, data, done: false }),
});
http.listen(port, '127.0.0.1', () => {
  work.start();
  console.log(`fixture controller (${mode}) on http://127.0.0.1:${port}`);
});
