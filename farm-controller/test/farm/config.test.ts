import { isAbsolute } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { configSchema, readConfig } from '../../src/config.js';

describe('readConfig', () => {
  it('listens on this machine only and keeps everything in one directory unless told otherwise', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ httpHost: '127.0.0.1', httpPort: 8080, anonymousRole: 'none' });
    expect(config).not.toHaveProperty('databaseUrl');
    expect(isAbsolute(config.stateDir)).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ GREENRACK_HTTP_PORT: '', REDIS_URL: '' })).toEqual(readConfig({}));
  });

  it('refuse what says how long something is kept: that is in a file, and must not be passed over', () => {
    expect(() => readConfig({ GREENRACK_KEEP_LOGS_DAYS: '900' })).toThrow(
      /GREENRACK_KEEP_LOGS_DAYS: .*GREENRACK_RETENTION_FILE/,
    );
  });

  it('names every wrong variable at once', () => {
    const env = {
      GREENRACK_HTTP_PORT: '70000',
      GREENRACK_LOG_LEVEL: 'loud',
      REDIS_URL: 'http://x',
    };
    expect(() => readConfig(env)).toThrow(/GREENRACK_HTTP_PORT.*GREENRACK_LOG_LEVEL|REDIS_URL/s);
    for (const name of Object.keys(env)) expect(() => readConfig(env)).toThrow(name);
  });

  it('does not repeat secrets of a wrong URL', () => {
    const env = { DATABASE_URL: 'mysql://me:hunter2@db/farm' };
    expect(() => readConfig(env)).toThrow(/^(?!.*hunter2).*DATABASE_URL/s);
  });

  it('describes every setting', () => {
    for (const [name, setting] of Object.entries(configSchema.shape))
      expect([name, setting.description ?? '']).toEqual([name, expect.stringMatching(/.{20}/)]);
  });
});
