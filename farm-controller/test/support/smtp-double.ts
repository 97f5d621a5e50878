import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/*
 * A mail server at its bytes (RFC 5321), one line for each step:
 *
 *   S: 220 …      C: EHLO name      S: 250-…, 250 …
 *   C: MAIL FROM:<…>  C: RCPT TO:<…>  C: DATA  S: 354  C: lines, then a dot alone  S: 250
 */
export class SmtpDouble {
  /** Whole messages with their envelopes. */
  readonly mails: { from: string; to: string; data: string }[] = [];
  /** What the server answers to this recipient. */
  rcptAnswer = '250 fine';
  /** The line breaks once it has a message, and before it says so. */
  breaksAfterData = false;
  readonly #server: Server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write('220 double ESMTP\r\n');
    const mail = { from: '', to: '', data: '' };
    let held = '';
    let isData = false;
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      for (let end = held.indexOf('\r\n'); end >= 0; end = held.indexOf('\r\n')) {
        const line = held.slice(0, end);
        held = held.slice(end + 2);
        if (!isData) isData = this.#command(socket, line, mail);
        else if (line === '.') {
          isData = false;
          this.mails.push({ ...mail });
          if (this.breaksAfterData) socket.destroy();
          else socket.write('250 kept\r\n');
        } else mail.data += `${line.replace(/^\.\./, '.')}\n`;
      }
    });
  }

  /** Whether lines of a message follow. */
  #command(socket: Socket, line: string, mail: { from: string; to: string }): boolean {
    const word = line.slice(0, 4).toUpperCase();
    if (word === 'MAIL') mail.from = line.replace(/^.*<(.*)>.*$/, '$1');
    if (word === 'RCPT') mail.to = line.replace(/^.*<(.*)>.*$/, '$1');
    const answers: Record<string, string> = {
      ...{ EHLO: '250-double\r\n250 8BITMIME', RCPT: this.rcptAnswer, DATA: '354 go on' },
      QUIT: '221 bye',
    };
    socket.write(`${answers[word] ?? '250 fine'}\r\n`);
    return word === 'DATA';
  }
}
