import type {
  UsbDrive,
  UsbHidPort,
  UsbHost,
  UsbLineCoding,
  UsbLink,
  UsbSerialPort,
} from '@greenrack/farm-protocol';

/** What the board shows on its USB; what it does not show does not appear. */
export class PlayedUsb implements UsbHost {
  /** Serial numbers that were asked for, in order. */
  readonly asked: string[] = [];
  link: UsbLink | undefined;
  port: UsbSerialPort | undefined;
  hid: UsbHidPort | undefined;
  storage: UsbDrive | undefined;
  /** Trouble of this side: every use throws it. */
  trouble: Error | undefined;

  async openDevice(serial: string): Promise<UsbLink | undefined> {
    return this.#shown(serial, this.link);
  }

  async openSerialPort(serial: string): Promise<UsbSerialPort | undefined> {
    return this.#shown(serial, this.port);
  }

  async openHid(serial: string): Promise<UsbHidPort | undefined> {
    return this.#shown(serial, this.hid);
  }

  drive(serial: string): UsbDrive {
    const storage = this.#shown(serial, this.storage);
    if (!storage) throw new Error('this test plays no drive');
    return storage;
  }

  async whyMissing(): Promise<string> {
    return 'nothing is enumerated at USB port 1-1.4';
  }

  #shown<T>(serial: string, what: T | undefined): T | undefined {
    if (this.trouble) throw this.trouble;
    this.asked.push(serial);
    return what;
  }
}

/** A serial port of the board: what it says is prepared, what it hears is kept. */
export class PlayedPort implements UsbSerialPort {
  readonly heard: number[] = [];
  readonly writes: number[] = [];
  readonly codings: UsbLineCoding[] = [];
  readonly #says: Uint8Array[];
  opens = 0;
  closes = 0;
  /** Takes so many bytes, then no more. */
  capacity = Number.POSITIVE_INFINITY;
  disconnects = true;

  constructor(...says: string[]) {
    this.#says = says.map((text) => Buffer.from(text, 'latin1'));
  }

  async gone(): Promise<boolean> {
    return this.disconnects;
  }

  async read(): Promise<Uint8Array> {
    return this.#says.shift() ?? new Uint8Array();
  }

  discardInput(): void {
    this.#says.length = 0;
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.heard.length + bytes.length > this.capacity) return false;
    this.heard.push(...bytes);
    this.writes.push(bytes.length);
    return true;
  }

  async setLineCoding(coding: UsbLineCoding): Promise<boolean> {
    this.codings.push(coding);
    return true;
  }

  async drain(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {
    this.closes++;
  }
}
