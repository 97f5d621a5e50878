import { ERROR_CODES, type ErrorGroup } from '@greenrack/farm-protocol';

const GROUPS: Record<ErrorGroup, string> = {
  submitter: 'Who sent the request must change it.',
  access: 'A token, or another role, is needed.',
  retry: 'The same request may succeed later.',
  board: 'A board is to blame: the run moves on to another one.',
  farm: 'Who runs the farm must act.',
};

/** `docs/errors.md`, whole. */
export function renderErrorDocs(): string {
  const sections = (Object.keys(GROUPS) as ErrorGroup[]).map(renderGroup);
  return `# Errors

<!-- Made by scripts/gen-docs.ts from farm-protocol/src/error.ts: change it there. -->

Every HTTP error is \`application/problem+json\` (RFC 9457) with one of these codes in \`code\`. Wrong fields are listed in
\`errors\` with their path, such as \`runs[2].image\`. The group says who acts next.

${sections.join('\n')}`;
}

function renderGroup(group: ErrorGroup): string {
  const rows = Object.entries(ERROR_CODES)
    .filter(([, entry]) => entry.group === group)
    .map(([code, { status, cause, cure }]) => `| \`${code}\` | ${status} | ${cause} | ${cure} |`);
  return `## ${group}\n\n${GROUPS[group]}\n\n| Code | HTTP | Cause | Cure |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}
