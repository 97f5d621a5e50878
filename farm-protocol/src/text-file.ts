const UTF16_MARKS = [
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/**
 * Text of a file that a person or a tool wrote: UTF-8, with or without the mark that Windows editors put in front, or
 * UTF-16 with its mark, as PowerShell redirects output.
 */
export function decodeText(bytes: Uint8Array): string {
  const utf16 = UTF16_MARKS.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte));
  return new TextDecoder(utf16?.encoding ?? 'utf-8').decode(bytes);
}

/** Line of an offset into a text, counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
