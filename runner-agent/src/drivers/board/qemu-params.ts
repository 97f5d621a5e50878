import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LAN } from '../network/virtual-lan.js';
import { partSchema } from './physical-params.js';
import { OUTPUT_TRACE } from './qemu-outputs.js';

/** Of one station and not of a group; the numbers that QEMU gives by itself begin with 52:54:00. */
const macSchema = z
  .string()
  .max(17)
  .regex(
    /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i,
    'expected the Ethernet address of one station, such as 52:54:00:12:34:56',
  );
const networkSchema = z.strictObject({
  /** Address of the board's Ethernet controller. Default: made of the board's serial number, as boards may be joined. */
  mac: macSchema.optional(),
});

/** Parameters of a QEMU board in the inventory. Nothing here reaches QEMU unless it is listed. */
export const qemuParamsSchema = z.strictObject({
  /** QEMU machine that stands for the target. */
  machine: z.enum([
    'mps2-an385',
    'mps2-an386',
    'mps2-an500',
    'mps2-an505',
    'mps2-an511',
    'mps2-an521',
    'mps3-an524',
    'mps3-an547',
  ]),
  /** Which UART of the machine is the board's console, counted from 0. */
  consoleUart: z.number().int().min(0).max(4).default(0),
  /** The emulator: a bare name looked up in PATH, or an absolute path. */
  executable: z
    .string()
    .max(256)
    .regex(/^(\/[^\0]+|[A-Za-z0-9._-]+)$/, 'expected a program name or an absolute path')
    .refine((name) => !name.startsWith('-'), 'expected a program name or an absolute path')
    .default('qemu-system-arm'),
  /**
   * Time inside the machine by instructions, 2^n ns each, instead of by the host's clock: what a busy host slows down
   * does not look late to the firmware. `false`: by the host's clock.
   */
  icountShift: z.union([z.literal(false), z.number().int().min(0).max(10)]).default(false),
  /** Ethernet, with the agent's peers on it; `false` takes away what the model has. Without it the board has none. */
  network: z.union([z.literal(false), networkSchema]).default(false),
  /** An instrument that stands for the board's: what it measures is recorded with the board's runs. */
  meter: partSchema.optional(),
});
export type QemuParams = z.infer<typeof qemuParamsSchema>;

/** File descriptor of the emulator's end of the QMP connection. */
export const QMP_FD = 3;
/** File descriptors of the emulator's ends of the network cable: the board's controller, and QEMU's user network. */
export const BOARD_CABLE_FD = 4;
export const NETWORK_CABLE_FD = 5;
/** Label of the console's character device. */
export const CONSOLE_LABEL = 'console';

/**
 * Arguments of the emulator. It stops before it builds the machine (`-preconfig`): the image at `imagePath` is read
 * and the console looked at only when it is told to go on, so the image may be put there later.
 */
export function qemuArgs(params: QemuParams, imagePath: string): string[] {
  return [
    ['-M', params.machine],
    ['-no-user-config', '-nodefaults', '-display', 'none', '-preconfig'],
    networkArgs(params.network),
    // The name of the core's thread is how it is found.
    params.meter?.kind === 'virtual' ? ['-name', 'board,debug-threads=on', ...OUTPUT_TRACE] : [],
    // `sleep=off` counts the time in WFI twice (QEMU 7.2).
    params.icountShift === false ? [] : ['-icount', `shift=${params.icountShift},sleep=on`],
    ['-chardev', `pty,id=${CONSOLE_LABEL}`],
    ...Array.from({ length: params.consoleUart }, () => ['-serial', 'null']),
    ['-serial', `chardev:${CONSOLE_LABEL}`],
    // A socket that we inherit: no file to leave behind, and nobody else can connect.
    ['-chardev', `socket,id=qmp,fd=${QMP_FD}`, '-mon', 'chardev=qmp,mode=control'],
    // The loader takes ELF, Intel HEX and BIN alike; `-kernel` would run the text of a HEX file as code.
    ['-device', `loader,file=${imagePath.replaceAll(',', ',,')}`],
  ].flat();
}

/**
 * The controller is not joined to the user network, but each to a socket that we hold: nothing crosses unseen. The hub
 * is how QEMU joins two back ends.
 */
function networkArgs(network: QemuParams['network']): string[] {
  if (network === false) return ['-nic', 'none'];
  const { prefix, host, nameServer, firstBoard } = LAN;
  const mac = network.mac === undefined ? '' : `,mac=${network.mac}`;
  return [
    ['-nic', `socket,fd=${BOARD_CABLE_FD},model=lan9118${mac}`],
    [
      '-netdev',
      `user,id=lan,ipv6=off,net=${prefix},host=${host},dns=${nameServer},dhcpstart=${firstBoard}`,
    ],
    ['-netdev', `socket,id=cable,fd=${NETWORK_CABLE_FD}`],
    ['-netdev', 'hubport,id=hub-lan,hubid=0,netdev=lan'],
    ['-netdev', 'hubport,id=hub-cable,hubid=0,netdev=cable'],
  ].flat();
}

/** The address of a board that the inventory gives none: beside those that QEMU gives, and the board's own. */
export function macOf(serial: string): string {
  const own = createHash('sha256').update(serial).digest('hex').slice(0, 6);
  return `52:54:00:${own.replace(/(..)(..)(..)/, '$1:$2:$3')}`;
}
