import { imageFormatsOf } from '@greenrack/board-inventory';
import { BOARD_FIELDS, filterBy, MAX_FILTER_CHARS } from '@greenrack/farm-model';
import {
  type BoardView,
  boardSerialSchema,
  boardStateRequestSchema,
  boardTransitionSchema,
  boardViewSchema,
  FarmError,
  pageOf,
  targetViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { QueryDeps } from './deps.js';
import { orNotFound } from './missing.js';
import { pageInMemory, pageQuery, pageRequest } from './paging.js';

type Deps = Pick<QueryDeps, 'store' | 'inventory' | 'onBoardChanged'>;
const BASE = `${API_BASE}/boards`;
const params = z.strictObject({ serial: boardSerialSchema });

export function boardRoutes(deps: Deps): Route[] {
  return [
    listTargets(deps),
    listBoards(deps),
    oneBoard(deps),
    historyOfBoard(deps),
    setBoardHealth(deps),
  ];
}

function listTargets({ inventory }: Deps): Route {
  const boards = (target: string) => inventory.boards.filter((board) => board.target === target);
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/targets`,
    role: 'viewer',
    summary: 'Targets by name, and what their boards take',
    query: z.strictObject(pageQuery),
    response: pageOf(targetViewSchema),
    handler: async ({ query }) => {
      const views = [...inventory.targets].sort().map((target) => ({
        target,
        imageFormats: [...imageFormatsOf(inventory, target)],
        boards: boards(target).length,
      }));
      return pageInMemory(views, ({ target }) => target, pageRequest(query));
    },
  });
}

function listBoards({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: BASE,
    role: 'viewer',
    summary: 'Boards by serial number, all or those that a filter finds',
    query: z.strictObject({
      filter: z
        .string()
        .max(MAX_FILTER_CHARS)
        .optional()
        .describe('As on the dashboard: target:k64f -health:good "power cut"'),
      ...pageQuery,
    }),
    response: pageOf(boardViewSchema),
    handler: async ({ query }) => {
      const matches = boardMatcher(query.filter ?? '');
      const boards = (await store.boards.list()).filter(matches);
      return pageInMemory(boards, (board) => board.serial, pageRequest(query));
    },
  });
}

/** @throws FarmError `invalid_request` for what is no filter: a list that says more than it was asked for misleads. */
function boardMatcher(filter: string): (board: BoardView) => boolean {
  const { matches, problems } = filterBy(filter, BOARD_FIELDS);
  const [message] = problems;
  if (message === undefined) return matches;
  throw new FarmError('invalid_request', message, { fields: [{ path: 'filter', message }] });
}

function oneBoard({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:serial`,
    role: 'viewer',
    summary: 'One board',
    params,
    response: boardViewSchema,
    handler: async ({ params: { serial } }) =>
      orNotFound(await store.boards.get(serial), `board ${serial}`),
  });
}

function historyOfBoard({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:serial/history`,
    role: 'viewer',
    summary: 'What became of a board: every change of state with its cause',
    params,
    query: z.strictObject(pageQuery),
    response: pageOf(boardTransitionSchema),
    handler: async ({ params: { serial }, query }) => {
      orNotFound(await store.boards.get(serial), `board ${serial}`);
      return store.boards.history(serial, pageRequest(query));
    },
  });
}

function setBoardHealth({ store, onBoardChanged }: Deps): Route {
  return jsonRoute({
    method: 'post',
    path: `${BASE}/:serial/state`,
    role: 'operator',
    summary: 'Take a board out for maintenance, back into service, or have it examined',
    params,
    body: boardStateRequestSchema,
    response: boardViewSchema,
    handler: async ({ params: { serial }, body, principal }) => {
      const to = { ...body, actor: principal.name };
      const change = await store.health.set(serial, to, Date.now());
      await onBoardChanged(orNotFound(change, `board ${serial}`));
      return orNotFound(await store.boards.get(serial), `board ${serial}`);
    },
  });
}
