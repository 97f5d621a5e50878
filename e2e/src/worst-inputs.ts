/** What the inputs are about: a farm that has done some work. */
export interface WorstPlace {
  /** A finished submission, as large as the caller likes. */
  readonly submissionId: string;
  readonly runId: string;
  readonly boardSerial: string;
  readonly target: string;
  readonly sha256: string;
}

/** One request that is legal, or nearly, and costs the controller as much as a request of its kind can. */
export interface WorstRequest {
  readonly what: string;
  readonly path: string;
  readonly type?: 'application/json' | 'application/yaml';
  readonly body?: string;
  /** How it is to be answered. */
  readonly status: number;
}

type Requests = (place: WorstPlace) => readonly WorstRequest[];

const API = '/api/v1';
const MEBIBYTE = 1024 * 1024;
/** Of a JSON body, of a spec, and the longest list that they can hold. */
const JUNK = `[${'0,'.repeat(MEBIBYTE / 2 - 8)}0]`;
const NO_HASH = '0'.repeat(64);
const NO_POLICY = '{"repository":"github.test/no/body","sinceMs":0,"policy":{"version":1}}';
const NO_ID = '0'.repeat(23);

/** The worst that each route takes, by method and path as the OpenAPI document has them. */
export const WORST_REQUESTS: Readonly<Record<string, Requests>> = {
  'GET /healthz': () => [get('/healthz')],
  'GET /metrics': () => [get('/metrics')],
  [`GET ${API}/openapi.json`]: () => [get(`${API}/openapi.json`)],
  [`GET ${API}/whoami`]: () => [get(`${API}/whoami`)],
  [`GET ${API}/targets`]: () => [get(`${API}/targets`)],
  [`GET ${API}/agents`]: () => [get(`${API}/agents`)],
  [`GET ${API}/submissions`]: () => [get(`${API}/submissions?limit=500`)],
  [`POST ${API}/submissions`]: (place) => submissions(place),
  [`GET ${API}/submissions/{id}`]: ({ submissionId }) => [
    get(`${API}/submissions/${submissionId}`),
  ],
  [`GET ${API}/submissions/{id}/runs`]: ({ submissionId }) => [
    get(`${API}/submissions/${submissionId}/runs?limit=500`),
  ],
  [`GET ${API}/submissions/{id}/cases/compare`]: ({ submissionId: id }) => [
    get(`${API}/submissions/${id}/cases/compare?before=${id}`),
  ],
  [`POST ${API}/submissions/{id}/cancel`]: ({ submissionId }) => [
    post('of what is over', `${API}/submissions/${submissionId}/cancel`, '', 200),
  ],
  [`POST ${API}/submissions/{id}/rerun`]: ({ submissionId }) => [
    post('of all runs', `${API}/submissions/${submissionId}/rerun`, '{"only":"all"}', 201),
    post('a megabyte of items', `${API}/submissions/${submissionId}/rerun`, JUNK, 400),
  ],
  [`GET ${API}/submissions/{id}/junit`]: (place) => [report(place, 'junit')],
  [`GET ${API}/submissions/{id}/ctrf`]: (place) => [report(place, 'ctrf')],
  [`GET ${API}/submissions/{id}/tap`]: (place) => [report(place, 'tap')],
  [`GET ${API}/submissions/{id}/nightly`]: (place) => [report(place, 'nightly')],
  [`GET ${API}/submissions/{id}/nightly/junit`]: (place) => [report(place, 'nightly/junit')],
  [`GET ${API}/runs`]: () => [get(`${API}/runs?limit=500`)],
  [`GET ${API}/runs/{id}`]: ({ runId }) => [get(`${API}/runs/${runId}`)],
  [`POST ${API}/runs/{id}/cancel`]: ({ runId }) => [
    post('of one that is over', `${API}/runs/${runId}/cancel`, '', 200),
  ],
  [`POST ${API}/runs/{id}/rerun`]: ({ runId }) => [
    post('of one that is over', `${API}/runs/${runId}/rerun`, '', 201),
  ],
  [`GET ${API}/runs/{id}/attempts/{number}`]: ({ runId }) => [
    get(`${API}/runs/${runId}/attempts/1`),
  ],
  [`GET ${API}/runs/{id}/attempts/{number}/events`]: ({ runId }) => [
    get(`${API}/runs/${runId}/attempts/1/events?limit=500`),
  ],
  [`GET ${API}/runs/{id}/attempts/{number}/console`]: ({ runId }) =>
    ['format=text&timestamps=1', 'format=jsonl', 'format=grlog'].map((query) =>
      get(`${API}/runs/${runId}/attempts/1/console?${query}`),
    ),
  [`GET ${API}/runs/{id}/attempts/{number}/coverage`]: ({ runId }) => [
    get(`${API}/runs/${runId}/attempts/1/coverage`),
  ],
  [`GET ${API}/runs/{id}/attempts/{number}/traces`]: ({ runId }) => [
    get(`${API}/runs/${runId}/attempts/1/traces`),
  ],
  [`GET ${API}/runs/{id}/attempts/{number}/traces/{stream}`]: ({ runId }) => [
    {
      ...get(`${API}/runs/${runId}/attempts/1/traces/trace?points=4000&to=9007199254740991`),
      status: 404,
    },
  ],
  [`GET ${API}/tests`]: () => [get(`${API}/tests?limit=500`)],
  [`GET ${API}/tests/{id}/history`]: () => [
    { ...get(`${API}/tests/tst_${NO_ID}/history?limit=500`), status: 404 },
  ],
  [`GET ${API}/series`]: () => [get(`${API}/series?limit=500`)],
  [`GET ${API}/series/{id}/points`]: () => [
    { ...get(`${API}/series/ser_${NO_ID}/points?limit=500`), status: 404 },
  ],
  [`POST ${API}/series/states`]: () => [
    post(
      'most series',
      `${API}/series/states`,
      JSON.stringify({ series: Array(500).fill(`ser_${NO_ID}`) }),
      200,
    ),
    post('a megabyte of items', `${API}/series/states`, JUNK, 400),
  ],
  [`GET ${API}/compare`]: ({ submissionId }) => [
    {
      ...get(`${API}/compare?a=${submissionId}&b=${submissionId}`),
      what: 'of what measures nothing',
      status: 404,
    },
  ],
  [`GET ${API}/flakes`]: () => [get(`${API}/flakes?days=30`)],
  [`GET ${API}/changes`]: () => [get(`${API}/changes?limit=500`)],
  [`GET ${API}/changes/{id}`]: () => [{ ...get(`${API}/changes/chg_${NO_ID}`), status: 404 }],
  [`POST ${API}/changes`]: () => [
    post(
      'of nothing',
      `${API}/changes`,
      `{"series":"ser_${NO_ID}","good":"aaaaaaa","bad":"bbbbbbb"}`,
      404,
    ),
    post('a megabyte of items', `${API}/changes`, JUNK, 400),
  ],
  [`POST ${API}/changes/{id}/accept`]: () => [
    post(
      'longest reason',
      `${API}/changes/chg_${NO_ID}/accept`,
      JSON.stringify({ reason: 'x'.repeat(500) }),
      404,
    ),
    post('a megabyte of items', `${API}/changes/chg_${NO_ID}/accept`, JUNK, 400),
  ],
  [`POST ${API}/changes/{id}/assign`]: () => [
    post('of nothing', `${API}/changes/chg_${NO_ID}/assign`, '{"assignee":"ada"}', 404),
  ],
  [`POST ${API}/changes/{id}/again`]: () => [
    post('of nothing', `${API}/changes/chg_${NO_ID}/again`, '', 404),
  ],
  [`GET ${API}/boards`]: () => [get(`${API}/boards?limit=500`)],
  [`GET ${API}/boards/{serial}`]: ({ boardSerial }) => [get(`${API}/boards/${boardSerial}`)],
  [`GET ${API}/boards/{serial}/history`]: ({ boardSerial }) => [
    get(`${API}/boards/${boardSerial}/history?limit=500`),
  ],
  [`POST ${API}/boards/{serial}/state`]: ({ boardSerial }) => [
    post('longest cause', `${API}/boards/${boardSerial}/state`, state('x'.repeat(500)), 200),
    post('a megabyte of items', `${API}/boards/${boardSerial}/state`, JUNK, 400),
    post('unknown keys', `${API}/boards/${boardSerial}/state`, keys(9_000), 400),
  ],
  [`POST ${API}/images/query`]: ({ sha256 }) => [
    post('most hashes', `${API}/images/query`, hashes(1000), 200),
    post('wrong hashes', `${API}/images/query`, `{"sha256":[${'0,'.repeat(9_000)}0]}`, 400),
    post(
      'a megabyte of hashes',
      `${API}/images/query`,
      `{"sha256":${JUNK.slice(20)}`.replace(':', ':['),
      400,
    ),
    post('one hash', `${API}/images/query`, JSON.stringify({ sha256: [sha256] }), 200),
  ],
  [`GET ${API}/images/{sha256}`]: ({ sha256 }) => [get(`${API}/images/${sha256}`)],
  [`GET ${API}/images/{sha256}/footprint`]: ({ sha256 }) => [
    get(`${API}/images/${sha256}/footprint?base=${sha256}`),
    { ...get(`${API}/images/${NO_HASH}/footprint`), what: 'of none', status: 404 },
  ],
  [`PUT ${API}/uploads/{sha256}`]: () => [
    post('a megabyte of items', `${API}/uploads/${NO_HASH}`, JUNK, 400),
    post('most bytes and one', `${API}/uploads/${NO_HASH}`, '{"sizeBytes":4294967297}', 400),
  ],
  [`GET ${API}/uploads/{sha256}`]: () => [{ ...get(`${API}/uploads/${NO_HASH}`), status: 404 }],
  [`PATCH ${API}/uploads/{sha256}`]: () => [
    post('of no upload', `${API}/uploads/${NO_HASH}?offset=0`, JUNK, 404),
  ],
  [`DELETE ${API}/uploads/{sha256}`]: () => [
    { ...get(`${API}/uploads/${NO_HASH}`), what: 'of nobody', status: 404 },
  ],
  [`POST ${API}/uploads/{sha256}/finish`]: () => [
    post('of no upload', `${API}/uploads/${NO_HASH}/finish`, '', 404),
  ],
  [`POST ${API}/policy/try`]: () => [
    post('of a repository of nobody', `${API}/policy/try`, NO_POLICY, 200),
    post('a megabyte of items', `${API}/policy/try`, JUNK, 400),
  ],
  [`GET ${API}/queue`]: () => [get(`${API}/queue`)],
  [`GET ${API}/quarantine`]: () => [get(`${API}/quarantine`)],
  [`POST ${API}/quarantine`]: () => [
    post('a megabyte of items', `${API}/quarantine`, JUNK, 400),
    post('of one case', `${API}/quarantine`, '{"case":"a","reason":"b","days":1}', 201),
  ],
  [`POST ${API}/quarantine/{id}/lift`]: () => [
    post('of nobody', `${API}/quarantine/qrt_${NO_ID}/lift`, '', 404),
  ],
  [`GET ${API}/github/checkup`]: () => [get(`${API}/github/checkup`)],
  [`GET ${API}/audit`]: () => [get(`${API}/audit?limit=500`)],
  [`GET ${API}/duties`]: () => [get(`${API}/duties?limit=500`)],
  [`POST ${API}/duties/{id}/retry`]: () => [
    post('of nobody', `${API}/duties/dty_${NO_ID}/retry`, '', 404),
  ],
  [`GET ${API}/schedules`]: () => [get(`${API}/schedules?limit=500`)],
  [`POST ${API}/schedules`]: ({ target, sha256 }) => [
    post('a megabyte of items', `${API}/schedules`, JUNK, 400),
    post('no such time', `${API}/schedules`, schedule('0 0 31 2,4,6,9,11 *', target, sha256), 400),
    post('too often', `${API}/schedules`, schedule('*/4 * * * *', target, sha256), 400),
  ],
  [`GET ${API}/schedules/{id}`]: () => [{ ...get(`${API}/schedules/sch_${NO_ID}`), status: 404 }],
  [`GET ${API}/schedules/{id}/history`]: () => [
    { ...get(`${API}/schedules/sch_${NO_ID}/history?limit=500`), status: 404 },
  ],
  [`POST ${API}/schedules/{id}/run`]: () => [
    post('of nobody', `${API}/schedules/sch_${NO_ID}/run`, '', 404),
  ],
  [`POST ${API}/schedules/{id}/pause`]: () => [
    post('of nobody', `${API}/schedules/sch_${NO_ID}/pause`, '', 404),
  ],
  [`POST ${API}/schedules/{id}/resume`]: () => [
    post('of nobody', `${API}/schedules/sch_${NO_ID}/resume`, '', 404),
  ],
  [`DELETE ${API}/schedules/{id}`]: () => [
    { what: 'of nobody', path: `${API}/schedules/sch_${NO_ID}`, status: 404 },
  ],
  [`GET ${API}/subscriptions`]: () => [get(`${API}/subscriptions`)],
  [`POST ${API}/subscriptions`]: () => [
    post('a megabyte of items', `${API}/subscriptions`, JUNK, 400),
  ],
  [`DELETE ${API}/subscriptions/{id}`]: () => [
    { what: 'of nobody', path: `${API}/subscriptions/sbn_${NO_ID}`, status: 404 },
  ],
  [`POST ${API}/subscriptions/{id}/test`]: () => [
    post('of nobody', `${API}/subscriptions/sbn_${NO_ID}/test`, '', 404),
  ],
  [`GET ${API}/storage`]: () => [get(`${API}/storage`)],
  [`PUT ${API}/tenants/{tenant}/quota`]: () => [
    post('a megabyte of items', `${API}/tenants/a/quota`, JUNK, 400),
  ],
  [`POST ${API}/submissions/{id}/pin`]: ({ submissionId }) => [
    post('of one that is over', `${API}/submissions/${submissionId}/pin`, '', 200),
  ],
  [`POST ${API}/submissions/{id}/unpin`]: ({ submissionId }) => [
    post('of one that is over', `${API}/submissions/${submissionId}/unpin`, '', 200),
  ],
  [`GET ${API}/tokens`]: () => [get(`${API}/tokens?limit=500`)],
  [`POST ${API}/tokens`]: () => [post('a megabyte of items', `${API}/tokens`, JUNK, 400)],
  [`POST ${API}/oidc/exchange`]: () => [
    post('a megabyte of items', `${API}/oidc/exchange`, JUNK, 413),
    post('a token that is too long', `${API}/oidc/exchange`, identity(16_500), 400),
    post('the longest token', `${API}/oidc/exchange`, identity(16_384), 403),
    post('no JSON', `${API}/oidc/exchange`, '{'.repeat(10_000), 400),
  ],
  [`GET ${API}/oidc/trusts`]: () => [get(`${API}/oidc/trusts`)],
  [`POST ${API}/oidc/trusts`]: () => [post('a megabyte of items', `${API}/oidc/trusts`, JUNK, 400)],
  [`DELETE ${API}/oidc/trusts/{id}`]: () => [
    { what: 'of nobody', path: `${API}/oidc/trusts/trs_${NO_ID}`, status: 404 },
  ],
  [`DELETE ${API}/tokens/{id}`]: () => [
    { what: 'of nobody', path: `${API}/tokens/tok_${NO_ID}`, status: 404 },
  ],
};

/** The token of a workflow, of so many characters. */
function identity(length: number): string {
  const header = Buffer.from('{"alg":"RS256","kid":"x"}').toString('base64url');
  const rest = 'A'.repeat(length - header.length - 7);
  return JSON.stringify({ token: `${header}.e30.${rest}AA` });
}

function schedule(cron: string, target: string, sha256: string): string {
  const image = { name: 'a.elf', sha256 };
  const runs = Array.from({ length: 5000 }, () => ({ image: 'a.elf', target }));
  const branch = { repository: 'x.org/r', ref: 'refs/heads/main' };
  const spec = { version: 1, name: 'often', images: [image], runs };
  return JSON.stringify({ name: 'often', cron, ...branch, spec });
}

function submissions({ target, sha256 }: WorstPlace): WorstRequest[] {
  const image = { name: 'a.elf', sha256 };
  const name = (i: number, letter: string) => `${letter.repeat(100)}${i}.elf`;
  const many = <T>(count: number, make: (i: number) => T) =>
    Array.from({ length: count }, (_, i) => make(i));
  const submit = (what: string, spec: object, status: number): WorstRequest =>
    post(what, `${API}/submissions`, JSON.stringify({ version: 1, name: what, ...spec }), status);
  const run = { image: 'a.elf', target };
  return [
    submit('most runs', { images: [image], runs: many(5000, () => run) }, 201),
    submit(
      '5 runs, each a thousand times',
      { images: [image], runs: many(5, () => ({ ...run, repeat: 1000 })) },
      201,
    ),
    submit(
      'a thousand images, a thousand others wanted',
      {
        images: many(1000, (i) => ({ name: name(i, 'a') })),
        runs: many(1000, (i) => ({ ...run, image: name(i, 'b') })),
      },
      422,
    ),
    submit('5000 unknown targets', { runs: many(5000, (i) => ({ ...run, target: `T${i}` })) }, 422),
    submit('5000 unknown boards', { runs: many(5000, (i) => ({ ...run, board: `b-${i}` })) }, 422),
    submit(
      'fixtures that nobody has',
      { runs: many(2000, (i) => ({ ...run, fixtures: many(16, (n) => `f${n}-${i}`) })) },
      422,
    ),
    submit('runs of nothing', { runs: many(5000, () => ({})) }, 422),
    submit('a megabyte of tags', { runs: [{ ...run, tags: many(400_000, () => 0) }] }, 422),
    submit('unknown keys', { runs: many(5000, () => ({ ...run, a: 1, b: 2, c: 3, d: 4 })) }, 422),
    {
      ...post('a megabyte of YAML', `${API}/submissions`, '- '.repeat(MEBIBYTE / 2 - 8), 422),
      type: 'application/yaml',
    },
    {
      ...post('5000 runs in YAML', `${API}/submissions`, yamlRuns(target, sha256), 201),
      type: 'application/yaml',
    },
  ];
}

function yamlRuns(target: string, sha256: string): string {
  const runs = `- {image: a.elf, target: ${target}}\n`.repeat(5000);
  return `version: 1\nname: yaml\nimages: [{name: a.elf, sha256: "${sha256}"}]\nruns:\n${runs}`;
}

const get = (path: string): WorstRequest => ({ what: path.split('?')[1] ?? '', path, status: 200 });

const report = ({ submissionId }: WorstPlace, format: string) =>
  get(`${API}/submissions/${submissionId}/${format}`);

function post(what: string, path: string, body: string, status: number): WorstRequest {
  return { what, path, body, status, type: 'application/json' };
}

const state = (cause: string) => JSON.stringify({ health: 'maintenance', cause });

function hashes(count: number): string {
  const hash = (i: number) => i.toString(16).padStart(64, '0');
  return JSON.stringify({ sha256: Array.from({ length: count }, (_, i) => hash(i)) });
}

function keys(count: number): string {
  return JSON.stringify(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, i])),
  );
}
