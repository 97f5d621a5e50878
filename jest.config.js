/** Native ESM: octokit and friends ship no CommonJS, so tests run as ES modules through swc. */
export default {
  testEnvironment: 'node',
  cacheDirectory: '<rootDir>/.greenrack/cache/jest',
  // A deadline is against waiting for ever, not a judgement on a busy machine.
  testTimeout: 180_000,
  testMatch: ['<rootDir>/*/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@greenrack/test-suites$': '<rootDir>/test-suites/host-tests/index.ts',
    '^@greenrack/([^/]+)$': '<rootDir>/$1/src/index.ts',
  },
  transform: {
    '\\.tsx?$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/[^/]+/dist/'],
  workerIdleMemoryLimit: '300MB',
  reporters: ['default', '<rootDir>/scripts/summary-reporter.js'],
};
