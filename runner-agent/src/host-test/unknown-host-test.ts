import { listed, quoted } from '../session/bounded-text.js';

/** A host test that the agent lacks. */
export function unknownHostTest(name: string, known: Iterable<string>): string {
  const has = listed([...known], 20);
  return `the image asks for host test ${quoted(name)}, which this agent lacks; it has ${has}`;
}
