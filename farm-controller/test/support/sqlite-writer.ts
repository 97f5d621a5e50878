/*
 * A controller's store in a process of its own, to be killed: it appends events to one attempt as fast as it can and
 * prints each number once it is acknowledged.
 */
import { openStore } from '../../src/farm-store.js';
import { batch, granted, policy, prepareFarm, submit } from './store-fixtures.js';

const stateDir = process.argv[2];
if (stateDir === undefined) throw new Error('usage: sqlite-writer <state directory>');
const store = await openStore({ stateDir });
await prepareFarm(store, ['b1']);
const [runId] = await submit(store, { runs: 1 });
const order = await granted(store, runId, 'b1');
process.stdout.write(`attempt ${order.attemptId}\n`);
for (let seq = 1; ; seq++) {
  const text = `line ${seq} ${'x'.repeat(200)}`;
  const bodies = [{ type: 'note', text } as const];
  await store.attempts.append([batch(order, seq, bodies)], Date.now(), policy);
  process.stdout.write(`${seq}\n`);
}
