/*
 * What a host test may work beside the console. What the board does or fails to do is a value; trouble on this side
 * (no permission, a tool that is missing, a card in use) throws, and ends the run as `infra` with that message. Whatever
 * a host test leaves open is taken back when the run ends; waits that are under way reject then.
 */

/** Instruments by capability, which is the name of the fixture that stands for it. Each works only where the board has that. */
export interface HostInstruments {
  readonly ethernet: EthernetCable;
  readonly 'usb-device': UsbHost;
  readonly 'wifi-station': WifiStation;
}

/** One direction of one service of the peers. */
export interface CableFlow {
  readonly protocol: 'tcp' | 'udp';
  /** The port by which boards know the service, such as 7 for echo. */
  readonly port: number;
  /** `up` is what the board sends. */
  readonly direction: 'up' | 'down';
}

/** Payload that crossed a cable. What was sent twice counts twice. */
export interface CableTraffic {
  readonly payloadBytes: number;
  /** From its first frame to its last by the host's clock, in microseconds. */
  readonly spanUs: number;
}

/** The cable between a board and the peers. */
export interface EthernetCable {
  /** What has crossed since this was last asked; undefined when nothing has, and for a board whose cable the agent does not hold. */
  takeTraffic(flow: CableFlow): CableTraffic | undefined;
}

/**
 * The far end of the board's own USB port. Devices are named by the serial number that the firmware gives them. Waits
 * last `timeoutMs`, and answer undefined when nothing came. One of each kind is open at a time: opening another closes
 * the one before.
 */
export interface UsbHost {
  /** Opens the device for transfers. */
  openDevice(serialNumber: string, timeoutMs: number): Promise<UsbLink | undefined>;
  /** Opens its first serial port at 9600 baud, 8N1, with DTR asserted from now until it is closed. */
  openSerialPort(serialNumber: string, timeoutMs: number): Promise<UsbSerialPort | undefined>;
  /** Opens its first HID interface for raw reports. */
  openHid(serialNumber: string, timeoutMs: number): Promise<UsbHidPort | undefined>;
  /** Its mass storage; it need not be there yet. */
  drive(serialNumber: string): UsbDrive;
  /**
   * What the bus shows at the board's port in place of what is missing, in words for a message. Throws when nothing was
   * there in the whole run: then nobody can say whether the cable or the firmware is to blame.
   */
  whyMissing(): Promise<string>;
}

/** Why a USB transfer brought nothing. `failed`: the bus saw an error that is none of the others. */
export interface UsbTransferFailure {
  readonly how: 'stalled' | 'timedOut' | 'gone' | 'failed';
  readonly detail: string;
}
export type UsbInEnd = { readonly how: 'done'; readonly bytes: Uint8Array } | UsbTransferFailure;
export type UsbOutEnd = { readonly how: 'done' } | UsbTransferFailure;

/** A setup packet without its direction and length (USB 2.0, 9.3). */
export interface UsbSetup {
  readonly type: 'standard' | 'class' | 'vendor';
  readonly recipient: 'device' | 'interface' | 'endpoint';
  /** `bRequest`, 0 to 255. */
  readonly request: number;
  /** `wValue`, 0 to 65535. */
  readonly value: number;
  /** `wIndex`, 0 to 65535. */
  readonly index: number;
}

/** Transfers with one device. Endpoints are named by `bEndpointAddress`, with the direction in bit 7. */
export interface UsbLink {
  /** The device descriptor, then each configuration with all that belongs to it, as the kernel has read them. */
  readonly descriptors: Uint8Array;
  controlIn(setup: UsbSetup, length: number, timeoutMs: number): Promise<UsbInEnd>;
  controlOut(setup: UsbSetup, bytes: Uint8Array, timeoutMs: number): Promise<UsbOutEnd>;
  /** Bulk or interrupt, up to `length` bytes or a short packet. The interface must be claimed. */
  read(endpoint: number, length: number, timeoutMs: number): Promise<UsbInEnd>;
  write(endpoint: number, bytes: Uint8Array, timeoutMs: number): Promise<UsbOutEnd>;
  /** Takes an interface from the kernel; needed for requests to it and to its endpoints. */
  claim(interfaceNumber: number): Promise<UsbOutEnd>;
  /** Sets an alternate setting of a claimed interface. */
  setAlternate(interfaceNumber: number, alternate: number): Promise<UsbOutEnd>;
  /** Ends a halt on both sides of the cable: data toggles begin anew. */
  clearHalt(endpoint: number): Promise<UsbOutEnd>;
  /** Resets the port; the device is enumerated anew, and this link is of no more use. */
  reset(): Promise<UsbOutEnd>;
  /** Gives the interfaces back to the kernel. */
  close(): Promise<void>;
}

/** Parameters of a serial line (CDC PSTN, 6.3.11). */
export interface UsbLineCoding {
  readonly baudRate: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: 'none' | 'odd' | 'even' | 'mark' | 'space';
  readonly stopBits: 1 | 2;
}

/** A serial port of the device. */
export interface UsbSerialPort {
  /** Resolves when the device has gone away, with true, or with false after `timeoutMs`. */
  gone(timeoutMs: number): Promise<boolean>;
  /**
   * What has come and was not read, as soon as there is something. Empty when nothing came or the device has gone away.
   * Of what nobody reads the last 1 MiB is kept.
   */
  read(timeoutMs: number): Promise<Uint8Array>;
  /** Drops what has come and was not read. */
  discardInput(): void;
  /** Resolves with true when the kernel took the bytes, with false when the device did not take them or went away. */
  write(bytes: Uint8Array, timeoutMs: number): Promise<boolean>;
  /** Changes all parameters at once and leaves DTR alone. False when the device has gone away. */
  setLineCoding(coding: UsbLineCoding): Promise<boolean>;
  /** Resolves with true when everything written has left, with false when it did not or the device went away. */
  drain(timeoutMs: number): Promise<boolean>;
  /** Closes the port, which drops DTR. */
  close(): Promise<void>;
}

/** Raw reports of one HID interface without report IDs. */
export interface UsbHidPort {
  /** The next input report of `length` bytes; undefined when none came or the device went away. */
  read(length: number, timeoutMs: number): Promise<Uint8Array | undefined>;
  /** Sends an output report. False when the device did not take it. */
  write(report: Uint8Array, timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** The drive of a device, on this machine's file system. */
export interface UsbDrive {
  /** Has it mounted, by an automounter or by ourselves. Resolves with undefined, or with why it is not mounted. */
  awaitMounted(timeoutMs: number): Promise<string | undefined>;
  /** Waits until it is mounted no more or gone altogether. */
  awaitUnmounted(timeoutMs: number): Promise<boolean>;
  /** Size of its file system in bytes; undefined while it is not mounted. */
  sizeBytes(): Promise<number | undefined>;
  /** The first `maxBytes` of a regular file; undefined when there is none. `path` holds bare names. */
  readFile(path: readonly string[], maxBytes: number): Promise<Uint8Array | undefined>;
  /** Deletes a regular file and has that written to the drive. False when there is none. */
  deleteFile(path: readonly string[]): Promise<boolean>;
  /** Unmounts it. False when it was not mounted or did not let go. */
  unmount(): Promise<boolean>;
}

/** What came of joining a network: the address that was leased, or why there is none. */
export type WifiJoin =
  | { readonly how: 'joined'; readonly address: string }
  | { readonly how: 'refused'; readonly detail: string };

/** A Wi-Fi card to spare, as a station. */
export interface WifiStation {
  /** Joins a WPA2 network and gets an address by DHCP; leaves the one before. */
  join(network: { ssid: string; password: string }, timeoutMs: number): Promise<WifiJoin>;
  /** Whether an IPv4 address answers an echo request over this card. */
  ping(address: string, timeoutMs: number): Promise<boolean>;
  leave(): Promise<void>;
}
