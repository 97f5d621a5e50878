import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { ask } from './support/request.js';
import { startFarm, type TestFarm } from './support/test-farm.js';

const RULES = join(import.meta.dirname, '../../../deploy/alerts/greenrack.rules.yaml');
const rulesSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});

describe('the alert rules that come with the farm', () => {
  let farm: TestFarm;
  beforeAll(async () => {
    farm = await startFarm();
  });
  afterAll(async () => await farm?.close());

  const exprs = rulesSchema
    .parse(parse(readFileSync(RULES, 'utf8')))
    .groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const));

  it.each(exprs)('%s asks for metrics that the page has', async (_, expr) => {
    const response = await ask(farm, '/metrics', { as: 'admin' });
    const page = await response.text();
    // In OpenMetrics the name of a counter's sample has a suffix that its family has not.
    const families = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
      type === 'counter' ? [`${name}_total`] : type === 'histogram' ? [`${name}_bucket`] : [name],
    );
    const asked = expr.match(/\bgreenrack_\w+/g) ?? [];
    expect(asked.filter((name) => !families.includes(name))).toEqual([]);
    expect(asked.length > 0 || expr.startsWith('up{')).toBe(true);
  });
});
