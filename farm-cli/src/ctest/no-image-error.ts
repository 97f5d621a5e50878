import { UsageError } from '../exit-code.js';

/** The call names an image that is not there: `no_image` to the stock runner. */
export class NoImageError extends UsageError {}
