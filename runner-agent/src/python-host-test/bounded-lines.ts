/** Longest line that a child may write, in characters: texts of the messages are bounded far below that. */
export const MAX_LINE_CHARS = 128 * 1024;

/**
 * The lines of a stream, without their ends; an unfinished last line is dropped. The stream is read no faster than the
 * lines are taken. @throws Error when a line is too long
 */
export async function* boundedLines(
  stream: AsyncIterable<string>,
): AsyncGenerator<string, void, void> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of [...lines, rest])
      if (line.length > MAX_LINE_CHARS)
        throw new Error(`a line of more than ${MAX_LINE_CHARS} characters`);
    yield* lines;
  }
}
