import type { TestRow } from './schema.js';
import { stableId } from './stable-id.js';

/** What makes two results results of the same test, whatever was built in between. */
export type TestKey = Pick<TestRow, 'target' | 'image_name' | 'case_name'>;

/** The id that a test has for ever. */
export function testIdOf({ target, image_name, case_name }: TestKey): string {
  return stableId('tst', [target, image_name, case_name]);
}
