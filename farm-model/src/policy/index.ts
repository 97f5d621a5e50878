export { isMeant } from './paths.js';
export { expectationOf, suitesOfChange } from './suites-of-change.js';
export { matchesWildcard } from './wildcard.js';
