import type { SeriesPoint, SeriesView, TestResult, TestView } from '@greenrack/farm-protocol';
import type { Page, PageRequest } from './change-ports.js';

/** Which tests or series: each field narrows what the one before it leaves. */
export interface TestFilter {
  readonly target?: string;
  readonly imageName?: string;
  /** Empty for what belongs to the image as a whole. */
  readonly caseName?: string;
}

export interface SeriesFilter extends TestFilter {
  readonly metric?: string;
}

/** Tests, their results over builds, and what they measured. Written with the attempts' events. */
export interface TestStore {
  /** In the order of target, image and case. */
  list(filter: TestFilter, page: PageRequest): Promise<Page<TestView>>;
  get(id: string): Promise<TestView | undefined>;
  /** Results of attempts that are over, the latest first. */
  history(id: string, page: PageRequest): Promise<Page<TestResult>>;
}

export interface SeriesStore {
  /** In the order of target, image, case and metric. */
  list(filter: SeriesFilter, page: PageRequest): Promise<Page<SeriesView>>;
  get(id: string): Promise<SeriesView | undefined>;
  /** The latest first. @param ref - of one branch, pull request or tag only */
  points(id: string, ref: string | undefined, page: PageRequest): Promise<Page<SeriesPoint>>;
}
