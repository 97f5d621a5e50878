import { filterBy, NOTICE_FIELDS } from '@greenrack/farm-model';
import {
  FarmError,
  noticeTestSchema,
  subscriptionCreatedSchema,
  subscriptionIdSchema,
  subscriptionRequestSchema,
  subscriptionViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { type Principal, roleCovers } from '../web/principal.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { NoticeSender } from './notice-sender.js';
import type { NotifySettings } from './notify-settings.js';
import { webhookSecret } from './sealed-target.js';
import type { SubscriptionStore } from './subscription-store.js';

const BASE = `${API_BASE}/subscriptions`;
const params = z.strictObject({ id: subscriptionIdSchema });

export interface SubscriptionRouteDeps {
  readonly settings: NotifySettings & { readonly key: string };
  readonly subscriptions: SubscriptionStore;
  readonly sender: NoticeSender;
}

/** Who wants to be told of what. @param deps - undefined without a key: nobody can be told anything then */
export function subscriptionRoutes(deps: SubscriptionRouteDeps | undefined): Route[] {
  return [addRoute(deps), listRoute(deps), removeRoute(deps), testRoute(deps)];
}

type Given = SubscriptionRouteDeps | undefined;

function addRoute(deps: Given): Route {
  return jsonRoute({
    ...{ method: 'post', path: BASE, role: 'submitter', status: 201 },
    summary: 'Have messages sent of what happens to the tenant’s submissions, or to boards',
    body: subscriptionRequestSchema,
    secret: 'target',
    response: subscriptionCreatedSchema,
    handler: async ({ body, principal: { tenant, name } }) => {
      if (!deps) throw new FarmError('conflict', NO_KEY);
      const { settings, subscriptions } = deps;
      const [problem] = filterBy(body.filter, NOTICE_FIELDS).problems;
      if (problem !== undefined) throw wrong('filter', problem);
      if (body.target.kind === 'email' && !settings.mail)
        throw wrong('target.kind', 'this farm sends no mail: GREENRACK_SMTP_URL is not set');
      const subscription = await subscriptions.add(body, { tenant, name, nowMs: Date.now() });
      const secret = webhookSecret(settings.key, subscription.id);
      return { subscription, ...(body.target.kind === 'webhook' && { secret }) };
    },
  });
}

const NO_KEY = 'this farm tells nobody anything: GREENRACK_NOTIFY_KEY_FILE is not set';

function wrong(path: string, message: string): FarmError {
  return new FarmError('invalid_request', `${path}: ${message}`, { fields: [{ path, message }] });
}

function listRoute(deps: Given): Route {
  return jsonRoute({
    ...{ method: 'get', path: BASE, role: 'submitter' },
    summary: 'Who is told of what; of the own tenant, for operators of all',
    response: z.object({ items: z.array(subscriptionViewSchema) }),
    handler: async ({ principal: { role, tenant } }) => {
      const whose = roleCovers(role, 'operator') ? undefined : tenant;
      return { items: (await deps?.subscriptions.list(whose)) ?? [] };
    },
  });
}

function removeRoute(deps: Given): Route {
  return jsonRoute({
    ...{ method: 'delete', path: `${BASE}/:id`, role: 'submitter' },
    summary: 'Send no more, also of what waits',
    params,
    response: z.object({}),
    handler: async ({ params: { id }, principal }) => {
      const { subscriptions } = await requireOwn(deps, id, principal);
      await subscriptions.remove(id);
      return {};
    },
  });
}

function testRoute(deps: Given): Route {
  return jsonRoute({
    ...{ method: 'post', path: `${BASE}/:id/test`, role: 'submitter' },
    summary: 'Send a message now, and say whether it was taken',
    params,
    response: noticeTestSchema,
    handler: async ({ params: { id }, principal, signal }) => {
      const { sender } = await requireOwn(deps, id, principal);
      return await sender.test(id, signal);
    },
  });
}

/** Others are not told that there is one. @throws FarmError `not_found` */
async function requireOwn(
  deps: Given,
  id: string,
  { role, tenant }: Principal,
): Promise<SubscriptionRouteDeps> {
  const row = await deps?.subscriptions.row(id);
  if (deps && row && (row.tenant === tenant || roleCovers(role, 'operator'))) return deps;
  throw new FarmError('not_found', `There is no subscription ${id}`);
}
