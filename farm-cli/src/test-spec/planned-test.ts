import type { SpecRun } from '@greenrack/farm-protocol';

/** One test of a build: an image file, under the name that its reports use. */
export interface PlannedTest {
  readonly name: string;
  readonly target: string;
  /** Absolute path of the image. */
  readonly image: string;
  /** The build it is of; tells tests apart that share a name. */
  readonly group: string;
  /** What the input says of this run, beyond its name, image and target. */
  readonly run: Partial<SpecRun>;
}
