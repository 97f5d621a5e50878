import { z } from 'zod';
import { textSchema } from './text.js';

/** Kinds of USB devices that boards are reached by. `cdc`: a serial port of unknown make. */
export const FOUND_KINDS = ['daplink', 'st-link', 'j-link', 'pico', 'cdc'] as const;

const shortText = textSchema(256);

/** A serial port of a USB device. */
export const foundPortSchema = z.object({
  /** Name in /dev/serial/by-id when it has one: it stays the same. */
  path: textSchema(512),
  /** Number of the USB interface: tells the ports of one device apart. */
  interfaceNumber: z.number().int().min(0).max(255),
});

/** A board that was found plugged in. Every text comes from the device. */
export const foundBoardSchema = z.object({
  kind: z.enum(FOUND_KINDS),
  /** USB serial number. */
  serial: shortText,
  /** Four hex digits each. */
  vendorId: z.string().regex(/^[0-9a-f]{4}$/),
  productId: z.string().regex(/^[0-9a-f]{4}$/),
  product: shortText,
  /** Where it is plugged in, such as `1-1.4`. */
  usbPath: shortText,
  ports: z.array(foundPortSchema).max(16),
  /** It has a drive; mounted or not. */
  hasDrive: z.boolean(),
  mountPoint: textSchema(512).optional(),
  /** Id that the board tells on its drive: DETAILS.TXT before MBED.HTM. */
  probeId: z
    .string()
    .regex(/^[0-9a-f]{4,64}$/)
    .optional(),
  /** First four digits of the id: a kind of board, though some kinds share one. */
  detectCode: z
    .string()
    .regex(/^[0-9a-f]{4}$/)
    .optional(),
});
export type FoundBoard = z.infer<typeof foundBoardSchema>;

/** What `boards scan` hands on from the agent to the inventory. */
export const scanSchema = z.object({ boards: z.array(foundBoardSchema).max(1000) });

/** What was found when one channel of a board was tried. */
export const channelReportSchema = z.object({
  /** Such as `console` or `flasher`. */
  channel: z.string(),
  usable: z.boolean(),
  /** What was found, or what is wrong and what to do. */
  detail: z.string(),
});

/** What `doctor` found of one board. */
export const boardReportSchema = z.object({
  serial: z.string(),
  target: z.string(),
  channels: z.array(channelReportSchema),
});
export type BoardReport = z.infer<typeof boardReportSchema>;
export const doctorSchema = z.object({ boards: z.array(boardReportSchema) });
