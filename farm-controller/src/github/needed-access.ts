/** What the App must be allowed in repositories. docs/github.md says why each, and a test keeps it in step. */
export const NEEDED_PERMISSIONS = {
  actions: 'read',
  checks: 'write',
  contents: 'read',
  issues: 'read',
  merge_queues: 'read',
  metadata: 'read',
  pull_requests: 'write',
} as const;

/** Events that it must be told of: those that the farm reads. */
export const NEEDED_EVENTS = [
  'check_run',
  'check_suite',
  'issue_comment',
  'merge_group',
  'pull_request',
  'push',
  'workflow_run',
] as const;
export type NeededEvent = (typeof NEEDED_EVENTS)[number];

const RANKS = ['read', 'write', 'admin'];

/** Permissions and events that are needed and not given, in words. */
export function missingAccess(
  permissions: Readonly<Record<string, string>>,
  events: readonly string[],
): string[] {
  const isGiven = (name: string, needed: string) =>
    RANKS.indexOf(permissions[name] ?? '') >= RANKS.indexOf(needed);
  return [
    ...Object.entries(NEEDED_PERMISSIONS).flatMap(([name, needed]) =>
      isGiven(name, needed) ? [] : [`permission ${name}: ${needed}`],
    ),
    ...NEEDED_EVENTS.flatMap((name) => (events.includes(name) ? [] : [`event ${name}`])),
  ];
}
