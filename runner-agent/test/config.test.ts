import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AGENT_ENVIRONMENT, agentConfigFromEnv, agentConfigSchema } from '../src/config.js';

const enough = { GREENRACK_AGENT_NAME: 'rack-1', GREENRACK_AGENT_TOKEN: 'secret' };

describe('the settings of an agent', () => {
  it('have defaults for all but name and token', () => {
    expect(agentConfigFromEnv(enough)).toMatchObject({
      controllerUrls: ['http://127.0.0.1:8080'],
      logLevel: 'info',
      imageCacheBytes: 2048 * 1024 * 1024,
      pythonHostTests: [],
      python: 'python3',
    });
  });

  it('take folders of Python host tests, with colons between', () => {
    const config = agentConfigFromEnv({
      ...enough,
      GREENRACK_PYTHON_HOST_TESTS: '/srv/host_tests:/opt/lab',
      GREENRACK_PYTHON: '/opt/venv/bin/python',
    });
    expect(config).toMatchObject({
      pythonHostTests: ['/srv/host_tests', '/opt/lab'],
      python: '/opt/venv/bin/python',
    });
  });

  it('take several controllers, and the token from a file', () => {
    const dir = mkdtempSync(join(tmpdir(), 'greenrack-config-'));
    try {
      writeFileSync(join(dir, 'token'), 'from-file\n');
      const config = agentConfigFromEnv({
        GREENRACK_AGENT_NAME: 'rack-1',
        GREENRACK_AGENT_TOKEN_FILE: join(dir, 'token'),
        GREENRACK_CONTROLLER_URLS: 'http://a:1, https://b',
      });
      expect(config).toMatchObject({
        token: 'from-file',
        controllerUrls: ['http://a:1', 'https://b'],
      });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it.each([
    ['GREENRACK_CONTROLLER_URL', 'ftp://a', /controllerUrls\[0\]: expected an http or https URL/],
    ['GREENRACK_LOG_LEVEL', 'loud', /logLevel/],
    ['GREENRACK_IMAGE_CACHE_MIB', 'many', /imageCacheBytes/],
    ['GREENRACK_NETWORK_PEERS', 'lab-pc', /networkPeers: expected an IP address/],
    ['GREENRACK_CTP_INTERFACE', '--help', /ctpInterface: expected a network card/],
    ['GREENRACK_PYTHON_HOST_TESTS', '/a:b', /pythonHostTests\[1\]: expected an absolute path/],
    ['GREENRACK_PYTHON', 'venv/python', /python: expected a name in PATH or an absolute path/],
    ['GREENRACK_AGENT_NAME', 'a/b', /name: expected an agent name/],
    ['GREENRACK_AGENT_TOKEN_FILE', '/nowhere', /GREENRACK_AGENT_TOKEN_FILE: \/nowhere/],
  ])('name %s when it is wrong', (name, value, message) => {
    expect(() => agentConfigFromEnv({ ...enough, [name]: value })).toThrow(message);
  });

  it('are all in the table of environment variables', () => {
    const fields = new Set(AGENT_ENVIRONMENT.map(({ field }) => field));
    expect([...fields].sort()).toEqual(Object.keys(agentConfigSchema.shape).sort());
  });
});
