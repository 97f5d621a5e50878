import { cleanText, type GithubCheckup, type GithubFinding } from '@greenrack/farm-protocol';
import { z } from 'zod';
import * as find from './app-findings.js';
import type { GithubClient } from './github-client.js';
import { failureOf, GithubLimited } from './github-errors.js';
import type { GithubSettings } from './github-settings.js';

/** Less than who asks for it waits. */
const ALL_MS = 25_000;
const PER_PAGE = 100;
/** Installations whose repositories are counted: a request each. */
const MAX_COUNTED = 20;
const MAX_CHARS = 500;

export interface CheckupDeps {
  readonly client: Pick<GithubClient, 'askAs'>;
  readonly settings: GithubSettings;
  /** What a start would read now. @throws FarmError */
  readonly reread: () => Promise<GithubSettings>;
  /** Whether a delivery has come to this farm. */
  readonly isKept: (guid: string) => Promise<boolean>;
  readonly now: () => number;
}

/** Proves what the farm needs of GitHub, by reading only. */
export class AppCheckup {
  readonly #deps: CheckupDeps;
  #running: Promise<GithubCheckup> | undefined;

  constructor(deps: CheckupDeps) {
    this.#deps = deps;
  }

  /** Who asks while one is under way gets that one. */
  run(): Promise<GithubCheckup> {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #all(): Promise<GithubCheckup> {
    const signal = AbortSignal.timeout(ALL_MS);
    const files = await this.#files();
    const url = find.ofPublicUrl(this.#deps.settings.publicUrl);
    const asked = await this.#app(signal);
    return { findings: [...files, url, ...asked].map(bounded) };
  }

  async #files(): Promise<GithubFinding[]> {
    const { settings, reread } = this.#deps;
    try {
      return find.ofFiles(settings, await reread());
    } catch (error) {
      const why = `the controller runs with what it read before: ${messageOf(error)}`;
      return [find.wrong('key and secret', why, 'put it right before the next start')];
    }
  }

  /** Without the App nothing else can be asked. */
  async #app(signal: AbortSignal): Promise<GithubFinding[]> {
    const { client, settings, now } = this.#deps;
    try {
      const { data, date } = await client.askAs('app', 'GET /app', {}, signal);
      const app = find.appSchema.parse(data);
      const found = `${app.name} (${settings.appId}) answers at ${settings.apiUrl}`;
      return [
        { subject: 'App', state: 'ok', found },
        find.ofClock(date, now()),
        find.ofAccess(
          'App’s access',
          app,
          `add them under Permissions & events of ${app.html_url}`,
        ),
        await this.#hook(app, signal),
        await this.#deliveries(signal),
        ...(await this.#installations(app, signal)),
      ];
    } catch (error) {
      const cause = error instanceof GithubLimited ? error.cause : error;
      const date = failureOf(cause)?.headers.date;
      const rest = 'not asked for, since the App does not answer';
      return [
        find.ofRefusal('App', error, settings),
        ...(date === undefined ? [] : [find.ofClock(date, now())]),
        find.unknown('access, webhook and installations', rest),
      ];
    }
  }

  async #hook(app: find.AppFacts, signal: AbortSignal): Promise<GithubFinding> {
    return await this.#about('webhook', async () => {
      const { data } = await this.#deps.client.askAs('app', 'GET /app/hook/config', {}, signal);
      return find.ofHook(find.hookSchema.parse(data), app);
    });
  }

  async #deliveries(signal: AbortSignal): Promise<GithubFinding> {
    return await this.#about('deliveries', async () => {
      const route = 'GET /app/hook/deliveries';
      const query = { per_page: PER_PAGE };
      const { data } = await this.#deps.client.askAs('app', route, query, signal);
      const deliveries = z.array(find.deliverySchema).max(PER_PAGE).parse(data);
      const [newest] = deliveries;
      const isKept = newest !== undefined && (await this.#deps.isKept(newest.guid));
      return find.ofDeliveries(deliveries, isKept);
    });
  }

  async #installations(app: find.AppFacts, signal: AbortSignal): Promise<GithubFinding[]> {
    const findings: GithubFinding[] = [];
    const listed = await this.#about('installations', async () => {
      const query = { per_page: PER_PAGE };
      const { data } = await this.#deps.client.askAs(
        'app',
        'GET /app/installations',
        query,
        signal,
      );
      const all = z.array(find.installationSchema).max(PER_PAGE).parse(data);
      for (const [i, one] of all.entries())
        findings.push(await this.#installation(one, i < MAX_COUNTED, signal));
      const subject = 'installations';
      return all.length === 0
        ? find.wrong(subject, 'none', `install the App in repositories: ${app.html_url}`)
        : {
            subject,
            state: 'ok',
            found: `${all.length}${all.length < PER_PAGE ? '' : ' or more'}`,
          };
    });
    return [listed, ...findings];
  }

  async #installation(
    installation: find.Installation,
    isCounted: boolean,
    signal: AbortSignal,
  ): Promise<GithubFinding> {
    const name = find.nameOf(installation);
    const finding = find.ofInstallation(name, installation);
    if (finding.state !== 'ok' || !isCounted) return finding;
    return await this.#about(name, async () => {
      const route = 'GET /installation/repositories';
      const query = { per_page: 1 };
      const { data } = await this.#deps.client.askAs(installation.id, route, query, signal);
      const { total_count: count } = z.object({ total_count: z.number().int() }).parse(data);
      const found = `${finding.found}; repositories: ${count}`;
      if (count > 0) return { ...finding, found };
      return find.wrong(name, found, `choose some at ${installation.html_url}`);
    });
  }

  /** One answer that fails leaves the others. */
  async #about(subject: string, look: () => Promise<GithubFinding>): Promise<GithubFinding> {
    try {
      return await look();
    } catch (error) {
      return find.ofRefusal(subject, error, this.#deps.settings);
    }
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Half of it is what others wrote. */
function bounded({ subject, state, found, fix }: GithubFinding): GithubFinding {
  const cut = (text: string, max = MAX_CHARS) => cleanText(text.slice(0, max));
  return {
    ...{ subject: cut(subject, 200), state, found: cut(found) },
    ...(fix !== undefined && { fix: cut(fix) }),
  };
}
