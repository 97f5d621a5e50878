import { describe, expect, it } from '@jest/globals';
import { TenantMeter } from '../../src/schedule/tenant-meter.js';

describe('TenantMeter', () => {
  it('charges a run that has just begun, so that many begun at once count', () => {
    const meter = new TenantMeter();
    for (let i = 0; i < 3; i++) meter.began('a', 0);
    expect(meter.usage(0).get('a')).toBe(3000);
  });

  it('counts the time of runs under way', () => {
    const meter = new TenantMeter();
    meter.began('a', 0);
    expect(meter.usage(60_000).get('a')).toBe(60_000);
  });

  it('forgets half of the past in ten minutes', () => {
    const meter = new TenantMeter();
    meter.began('a', 0);
    meter.ended('a', 0, 60_000);
    expect(meter.usage(60_000).get('a')).toBeCloseTo(60_000);
    expect(meter.usage(660_000).get('a')).toBeCloseTo(30_000);
  });
});
