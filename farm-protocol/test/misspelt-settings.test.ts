import { describe, expect, it } from '@jest/globals';
import { misspeltSettings } from '../src/index.js';

const KNOWN = ['GREENRACK_URL', 'GREENRACK_TOKEN', 'GREENRACK_TOKEN_FILE'];

describe('a setting that is misspelt', () => {
  it.each(['GREENRACK_ULR', 'GREENRACK_TOKENFILE', 'GREEN_RACK_TOKEN'])(
    'is named with the one that is meant: %s',
    (name) => {
      const found = misspeltSettings({ [name]: 'secret' }, KNOWN);
      expect(found).toHaveLength(1);
      expect(found.join()).not.toContain('secret');
    },
  );

  it('is not seen in what is set by its right name, in settings of others, and in other variables', () => {
    const env = {
      GREENRACK_URL: 'x',
      GREENRACK_URLS: 'y',
      GREENRACK_HTTP_PORT: '1',
      GREENRACK_AGENT_TOKEN: 'z',
      MY_URL: 'w',
    };
    expect(misspeltSettings(env, KNOWN)).toEqual([]);
  });
});
