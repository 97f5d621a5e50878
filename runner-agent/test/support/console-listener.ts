import type { ConsoleListener, ConsoleLoss } from '../../src/contracts/console.js';

/** Collects what a console says. */
export class CollectingListener implements ConsoleListener {
  text = '';
  readonly losses: ConsoleLoss[] = [];
  #wake: () => void = () => undefined;

  data(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString('latin1');
    this.#wake();
  }

  lost(loss: ConsoleLoss): void {
    this.losses.push(loss);
    this.#wake();
  }

  /** Resolves when `condition` holds; the test's own deadline bounds it. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  async hears(text: string): Promise<void> {
    await this.until(() => this.text.includes(text));
  }
}
