import { ForwardFinder } from '../session/forward-finder.js';

/** The text that the scanner is reading, and where its marks stand. */
export class ScannerWindow {
  text = '';
  readonly lineEnds = new ForwardFinder('\n');
  readonly opens = new ForwardFinder('{{');
  readonly closes = new ForwardFinder('}');

  load(text: string): void {
    this.text = text;
    for (const finder of [this.lineEnds, this.opens, this.closes]) finder.load(text);
  }
}
