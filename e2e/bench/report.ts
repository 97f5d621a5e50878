/** Whether the caller asked for one JSON object on stdout. */
export const wantsJson = process.argv.includes('--json');

/** Progress for people; stdout stays clean for the result. */
export function say(line: string): void {
  if (!wantsJson) process.stderr.write(`${line}\n`);
}

/** Prints the result: one JSON object, or a table of its figures. */
export function report(title: string, result: Readonly<Record<string, unknown>>): void {
  if (wantsJson) {
    process.stdout.write(`${JSON.stringify({ bench: title, ...result })}\n`);
    return;
  }
  process.stdout.write(`\n${title}\n`);
  for (const [name, value] of Object.entries(result)) {
    const shown = typeof value === 'object' && value !== null ? flat(value) : String(value);
    process.stdout.write(`  ${name.padEnd(28)} ${shown}\n`);
  }
}

function flat(value: object): string {
  return Object.entries(value)
    .map(
      ([name, v]) =>
        `${name} ${typeof v === 'object' && v !== null ? `{${flat(v as object)}}` : String(v)}`,
    )
    .join('  ');
}
