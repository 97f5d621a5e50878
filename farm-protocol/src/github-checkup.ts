import { z } from 'zod';
import { textSchema } from './text.js';

/** One thing that the farm needs of GitHub. */
export const githubFindingSchema = z.object({
  subject: textSchema(200),
  /** `unknown`: nothing proves it, and nothing speaks against it. */
  state: z.enum(['ok', 'wrong', 'unknown']),
  found: textSchema(500),
  /** What to do, where it is not ok. */
  fix: textSchema(500).optional(),
});
export type GithubFinding = z.infer<typeof githubFindingSchema>;

/** What `doctor github` found, in the order in which it is to be put right. */
export const githubCheckupSchema = z.object({ findings: z.array(githubFindingSchema).max(200) });
export type GithubCheckup = z.infer<typeof githubCheckupSchema>;
