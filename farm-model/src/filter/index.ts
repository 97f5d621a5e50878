export { BOARD_FIELDS, NOTICE_FIELDS, RUN_FIELDS, SUBMISSION_FIELDS } from './filter-fields.js';
export { type FilterFields, filterBy, type Matcher } from './match-filter.js';
export { type Filter, type FilterTerm, MAX_FILTER_CHARS, parseFilter } from './parse-filter.js';
