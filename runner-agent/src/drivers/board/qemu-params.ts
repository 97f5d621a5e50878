import { z } from 'zod';

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
});
export type QemuParams = z.infer<typeof qemuParamsSchema>;

/** File descriptor of the emulator's end of the QMP connection. */
export const QMP_FD = 3;
/** Label of the console's character device. */
export const CONSOLE_LABEL = 'console';

/**
 * Arguments of the emulator. It stops before it builds the machine (`-preconfig`): the image at `imagePath` is read
 * and the console looked at only when it is told to go on, so the image may be put there later.
 */
export function qemuArgs(params: QemuParams, imagePath: string): string[] {
  return [
    ['-M', params.machine],
    ['-no-user-config', '-nodefaults', '-display', 'none', '-nic', 'none', '-preconfig'],
    ['-chardev', `pty,id=${CONSOLE_LABEL}`],
    ...Array.from({ length: params.consoleUart }, () => ['-serial', 'null']),
    ['-serial', `chardev:${CONSOLE_LABEL}`],
    // A socket that we inherit: no file to leave behind, and nobody else can connect.
    ['-chardev', `socket,id=qmp,fd=${QMP_FD}`, '-mon', 'chardev=qmp,mode=control'],
    // The loader takes ELF, Intel HEX and BIN alike; `-kernel` would run the text of a HEX file as code.
    ['-device', `loader,file=${imagePath.replaceAll(',', ',,')}`],
  ].flat();
}
