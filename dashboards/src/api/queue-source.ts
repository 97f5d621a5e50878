import { type LiveTopic, type QueueView, queueViewSchema } from '@greenrack/farm-protocol';
import { LiveSource, type Wiring } from './live-source.js';

/** What waits. Read again, once for many, when something on the farm changes. */
export class QueueSource extends LiveSource<QueueView | null> {
  constructor(wiring: Wiring) {
    super(wiring, null);
  }

  protected topic(): LiveTopic {
    return { topic: 'farm' };
  }

  protected handlers() {
    const again = () => this.refreshSoon();
    return { board: again, submission: again };
  }

  protected async read(signal: AbortSignal): Promise<void> {
    const queue = await this.wiring.api.http.get('/queue', queueViewSchema, signal);
    this.change(() => queue);
  }
}
