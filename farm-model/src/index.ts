export { compareCaseVerdicts } from './case-severity.js';
