export { type Blame, blameOf, type Ending, isCurable } from './blame.js';
export { isAgainstCode, type Meaning, meaningOf, meaningOfAll } from './verdict-meaning.js';
export {
  compareCaseVerdicts,
  compareVerdicts,
  VERDICTS_BY_SEVERITY,
  worstVerdict,
} from './verdict-severity.js';
