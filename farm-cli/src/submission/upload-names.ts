/** What `fileNameSchema` of the protocol accepts; the end, with the extension, is what matters. */
export function bareName(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._+@ ()[\]-]/g, '-')
    .replace(/^\.+/, '')
    .slice(-110);
}

/** `name`, with a number in front when it is taken. */
export function unused(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let i = 2; ; i++) if (!taken.has(`${i}-${name}`)) return `${i}-${name}`;
}
