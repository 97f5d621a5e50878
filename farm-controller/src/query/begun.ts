/**
 * The stream, once its first piece is there. Call it before anything of an answer is set: what fails before the first
 * piece can still be told to whoever asked.
 */
export async function begun<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const pieces = source[Symbol.asyncIterator]();
  let first: IteratorResult<T> | undefined = await pieces.next();
  const iterator: AsyncIterator<T> = {
    next: () => {
      const held = first;
      first = undefined;
      return held ? Promise.resolve(held) : pieces.next();
    },
    return: async () => {
      await pieces.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
