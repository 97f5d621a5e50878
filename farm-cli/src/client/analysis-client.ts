import {
  type ChangeDetail,
  type ChangeView,
  changeDetailSchema,
  type changeRequestSchema,
  changeViewSchema,
  type FlakeReport,
  type FootprintView,
  flakeReportSchema,
  footprintSchema,
  type SeriesComparison,
  type SeriesPoint,
  type SeriesState,
  type SeriesView,
  seriesComparisonSchema,
  seriesPointSchema,
  seriesStateSchema,
  seriesViewSchema,
  type TestResult,
  type TestView,
  testResultSchema,
  testViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { type FarmHttp, get, type HttpRequest } from './farm-http.js';
import { queryString, readPages } from './read-pages.js';

/** Series of one question for their states. */
const STATES_CHUNK = 500;
const comparisonsSchema = z.object({ items: z.array(seriesComparisonSchema) });
const seriesStatesSchema = z.object({ items: z.array(seriesStateSchema) });

/** Tests, what they measured, and what has been found in that. */
export class AnalysisClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  tests(query: { target: string; image: string; case: string }): AsyncGenerator<TestView> {
    return readPages(this.#http, testViewSchema, `/tests${queryString(query)}`);
  }

  testHistory(id: string): AsyncGenerator<TestResult> {
    return readPages(this.#http, testResultSchema, get('tests', id, 'history').path);
  }

  series(): AsyncGenerator<SeriesView> {
    return readPages(this.#http, seriesViewSchema, '/series');
  }

  /** @param ref - of this branch only */
  points(id: string, ref?: string): AsyncGenerator<SeriesPoint> {
    const query = queryString(ref === undefined ? {} : { ref });
    return readPages(this.#http, seriesPointSchema, `${get('series', id, 'points').path}${query}`);
  }

  /** What is known of these series, on each branch. */
  async seriesStates(ids: readonly string[]): Promise<SeriesState[]> {
    const states: SeriesState[] = [];
    for (let at = 0; at < ids.length; at += STATES_CHUNK) {
      const json = { series: ids.slice(at, at + STATES_CHUNK) };
      const request: HttpRequest = { method: 'POST', path: '/series/states', json };
      states.push(...(await this.#http.read(seriesStatesSchema, request)).items);
    }
    return states;
  }

  /** Changes in series, the latest found first. `filter` becomes the query. */
  changes(filter: Readonly<Record<string, string>> = {}): AsyncGenerator<ChangeView> {
    return readPages(this.#http, changeViewSchema, `/changes${queryString(filter)}`);
  }

  async change(id: string): Promise<ChangeDetail> {
    return await this.#http.read(changeDetailSchema, get('changes', id));
  }

  async orderChange(
    id: string,
    order: 'accept' | 'assign' | 'again',
    json: object,
  ): Promise<ChangeDetail> {
    const request = { ...get('changes', id, order), method: 'POST', json } as const;
    return await this.#http.read(changeDetailSchema, request);
  }

  /** Has two builds of a series compared, and the first bad one between them looked for. */
  async askChange(json: z.input<typeof changeRequestSchema>): Promise<ChangeDetail> {
    const request: HttpRequest = { method: 'POST', path: '/changes', json };
    return await this.#http.read(changeDetailSchema, request);
  }

  /** What two builds measured: submissions, runs, commits or images. */
  async compare(a: string, b: string): Promise<SeriesComparison[]> {
    const path = `/compare${queryString({ a, b })}`;
    return (await this.#http.read(comparisonsSchema, { method: 'GET', path })).items;
  }

  /** What an ELF image takes of flash and RAM, beside another one. */
  async footprint(sha256: string, base?: string): Promise<FootprintView> {
    const path = `${get('images', sha256, 'footprint').path}${queryString(base ? { base } : {})}`;
    return await this.#http.read(footprintSchema, { method: 'GET', path });
  }

  async flakes(filter: Readonly<Record<string, string>>): Promise<FlakeReport> {
    const path = `/flakes${queryString(filter)}`;
    return await this.#http.read(flakeReportSchema, { method: 'GET', path });
  }
}
