import type { Json } from './description.js';
import type { DeliveryTarget } from './fake-deliveries.js';

interface FakeAccess {
  permissions: Record<string, string>;
  events: string[];
}
const allowed = (): FakeAccess => ({
  permissions: {
    ...{ actions: 'read', checks: 'write', contents: 'read', issues: 'read' },
    ...{ merge_queues: 'read', metadata: 'read', pull_requests: 'write' },
  },
  events: [
    ...['check_run', 'check_suite', 'issue_comment', 'merge_group', 'pull_request', 'push'],
    'workflow_run',
  ],
});
const PAGE = 'https://github.test/organizations/acme/settings';

/** How the App is registered, and where it is installed. */
export class FakeApp {
  readonly access = allowed();
  readonly hook: Json = { content_type: 'json', insecure_ssl: '0' };
  readonly installation = { ...allowed(), suspended: false };
  /** Of the service's clock. */
  clockAheadMs = 0;

  json(id: number): Json {
    const html_url = 'https://github.test/apps/greenrack';
    return { id, slug: 'greenrack', name: 'greenrack', html_url, ...this.access };
  }

  hookJson({ url, secret }: DeliveryTarget): Json {
    return { url, ...(secret !== '' && { secret: '********' }), ...this.hook };
  }

  installationsJson(appId: number): Json[] {
    const { suspended, ...access } = this.installation;
    const account = { login: 'acme', slug: 'acme', name: 'Acme', id: 6 };
    const html_url = `${PAGE}/installations/1`;
    const suspended_at = suspended ? '2026-11-30T12:00:00Z' : null;
    return [{ id: 1, app_id: appId, account, html_url, suspended_at, ...access }];
  }
}
