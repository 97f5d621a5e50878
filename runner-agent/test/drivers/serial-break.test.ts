import { describe, expect, it, jest } from '@jest/globals';
import { SerialConsole } from '../../src/drivers/console/serial-console.js';
import { CollectingListener } from '../support/console-listener.js';

jest.setTimeout(30_000);
const wanted = new AbortController().signal;

/**
 * A serial port whose TX and RX are bridged. A 16550's own loop will not do: its break control acts on the output pin
 * only. A pty knows no break at all.
 */
const uart = process.env.GREENRACK_TEST_UART ?? '';
const title = 'sends a break that arrives as one, and data afterwards';

describe('a real UART', () => {
  if (uart === '')
    it.skip(`${title} (skipped: bridge TX and RX of a port and name it in GREENRACK_TEST_UART)`, () =>
      undefined);
  else
    it(title, async () => {
      const console = new SerialConsole({ path: uart, baudRate: 9600 });
      const listener = new CollectingListener();
      await console.open(listener, wanted);
      try {
        await console.sendBreak(50);
        // A line that is low for longer than a character is one zero byte to a reader that asks for no marks.
        await listener.hears('\u0000');
        listener.text = '';
        await console.write(Buffer.from('after'));
        await listener.hears('after');
        expect(listener.losses).toEqual([]);
      } finally {
        await console.close();
      }
    });
});
