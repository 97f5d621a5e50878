import type { ChangeView, SeriesPoint, SeriesView } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { changeMarks, changeShare, trendOf } from '../src/model/trend.js';

const point = (sha: string | null, value: number, commitMs: number | null): SeriesPoint =>
  ({ sha, value, commitMs, atMs: 1000, imageSha256: 'f'.repeat(64), runId: 'r' }) as SeriesPoint;
const series = (boardSerial: string) => ({ boardSerial }) as SeriesView;

describe('a trend', () => {
  it('puts boards over the same builds, in the order of their commits', () => {
    const { builds, lines } = trendOf([
      { series: series('a'), points: [point('cc', 3, 30), point('aa', 1, 10)] },
      { series: series('b'), points: [point('bb', 2, 20)] },
    ]);
    expect(builds.map(({ key }) => key)).toEqual(['aa', 'bb', 'cc']);
    expect(lines.map(({ values }) => values)).toEqual([
      [1, null, 3],
      [null, 2, null],
    ]);
  });

  it('takes the median where a build was measured again', () => {
    const points = [point('aa', 1, 1), point('aa', 9, 1), point('aa', 2, 1)];
    expect(trendOf([{ series: series('a'), points }]).lines[0]?.values).toEqual([2]);
  });

  it('knows a build without a commit by its image', () => {
    const { builds } = trendOf([{ series: series('a'), points: [point(null, 1, null)] }]);
    expect(builds).toMatchObject([{ label: 'fffffffff', atMs: 1000 }]);
  });

  it('says by how much the last differs from the first', () => {
    expect(changeShare([100, null, 107])).toBeCloseTo(0.07);
    expect(changeShare([0, 5])).toBeUndefined();
    expect(changeShare([5, null])).toBeUndefined();
  });

  it('is marked where a change of its series has its first bad build, once', () => {
    const points = [point('aa', 1, 1), point('bb', 2, 2)];
    const trend = trendOf([{ series: series('a'), points }]);
    const change = (sha: string, seriesId = series('a').id) =>
      ({ bad: { sha, imageSha256: 'e'.repeat(64) }, worst: { seriesId } }) as ChangeView;
    const changes = [change('bb'), change('bb'), change('zz'), change('aa', 'another')];
    expect(changeMarks(trend, changes)).toEqual([1]);
  });
});
