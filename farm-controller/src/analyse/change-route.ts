import {
  acceptRequestSchema,
  assignRequestSchema,
  type ChangeDetail,
  changeDetailSchema,
  changeIdSchema,
  changeRequestSchema,
  changeStateSchema,
  changeViewSchema,
  FarmError,
  fileNameSchema,
  pageOf,
  refSchema,
  repositorySchema,
  targetNameSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { Queries, StoreDatabase } from '../store/for-stages.js';
import type { NewsFeed } from '../store/ports.js';
import { pageQuery, pageRequest } from '../web/paging.js';
import { type Principal, roleCovers } from '../web/principal.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { ChangeOrders } from './change-orders.js';
import { changeDetail, changeRow, listChanges } from './change-views.js';

const BASE = `${API_BASE}/changes`;
const params = z.strictObject({ id: changeIdSchema });

interface Deps {
  readonly db: Queries;
  readonly orders: ChangeOrders;
  readonly news: Pick<NewsFeed, 'publish'>;
}

/** Changes in series, and what people do with them. */
export function changeRoutes(database: StoreDatabase, news: Deps['news']): Route[] {
  const deps = { db: database.queries, orders: new ChangeOrders(database), news };
  return [
    listRoute(deps),
    oneRoute(deps),
    askRoute(deps),
    acceptRoute(deps),
    assignRoute(deps),
    againRoute(deps),
  ];
}

function listRoute({ db }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: BASE,
    role: 'viewer',
    summary:
      'Changes in series: what became slower, larger or better, by which build; the latest first',
    query: z.strictObject({
      state: changeStateSchema.optional(),
      target: targetNameSchema.optional(),
      image: fileNameSchema.optional(),
      repository: repositorySchema.optional(),
      ref: refSchema.optional(),
      ...pageQuery,
    }),
    response: pageOf(changeViewSchema),
    handler: ({ query }) => listChanges(db, query, pageRequest(query)),
  });
}

function oneRoute({ db }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${BASE}/:id`,
    role: 'viewer',
    summary: 'One change, with its metrics and the runs that showed it',
    params,
    response: changeDetailSchema,
    handler: ({ params: { id } }) => changeDetail(db, id),
  });
}

function askRoute(deps: Deps): Route {
  const { db, orders } = deps;
  return jsonRoute({
    method: 'post',
    path: BASE,
    role: 'submitter',
    summary:
      'Have two builds of a series run in turns, and the first bad one between them looked for',
    body: changeRequestSchema,
    response: changeDetailSchema,
    handler: async ({ body, principal }) => {
      const query = db.selectFrom('series').selectAll().where('id', '=', body.series);
      const series = await query.executeTakeFirst();
      if (!series) throw new FarmError('not_found', `series ${body.series}: there is none`);
      requireOwn(principal, series.tenant);
      const range = { series, ref: body.ref ?? '', good: body.good, bad: body.bad };
      return await toldDetail(deps, await orders.ask(range, orderOf(principal)));
    },
  });
}

function acceptRoute(deps: Deps): Route {
  return jsonRoute({
    ...orderFacts('accept', 'The new level is as it should be'),
    body: acceptRequestSchema,
    handler: async ({ params: { id }, body, principal }) => {
      await requireChange(deps.db, principal, id);
      await deps.orders.accept(id, body.reason, orderOf(principal));
      return await toldDetail(deps, id);
    },
  });
}

function assignRoute(deps: Deps): Route {
  return jsonRoute({
    ...orderFacts('assign', 'Say who sees to it'),
    body: assignRequestSchema,
    handler: async ({ params: { id }, body, principal }) => {
      await requireChange(deps.db, principal, id);
      await deps.orders.assign(id, body.assignee, orderOf(principal));
      return await toldDetail(deps, id);
    },
  });
}

function againRoute(deps: Deps): Route {
  return jsonRoute({
    ...orderFacts('again', 'Go on with what was blocked, or look for the first bad build again'),
    handler: async ({ params: { id }, principal }): Promise<ChangeDetail> => {
      await requireChange(deps.db, principal, id);
      await deps.orders.tryAgain(id, orderOf(principal));
      return await toldDetail(deps, id);
    },
  });
}

const orderFacts = (what: string, summary: string) =>
  ({
    method: 'post',
    path: `${BASE}/:id/${what}`,
    role: 'submitter',
    ...{ summary, params, response: changeDetailSchema },
  }) as const;

/** What has become of it, told to whoever watches. */
async function toldDetail({ db, news }: Deps, id: string): Promise<ChangeDetail> {
  news.publish({ changeIds: [id] });
  return await changeDetail(db, id);
}

const orderOf = ({ name: actor }: Principal) => ({ actor, nowMs: Date.now() });

async function requireChange(db: Queries, principal: Principal, id: string): Promise<void> {
  requireOwn(principal, (await changeRow(db, id)).tenant);
}

/** Submitters may change what is their tenant's; operators everything. @throws FarmError `forbidden` */
function requireOwn(principal: Principal, tenant: string): void {
  if (principal.tenant === tenant || roleCovers(principal.role, 'operator')) return;
  throw new FarmError(
    'forbidden',
    `it belongs to tenant ${tenant}: only it and operators may change it`,
  );
}
