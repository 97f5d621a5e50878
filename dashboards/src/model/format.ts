import type { MetricUnit } from '@greenrack/farm-protocol';

/** Narrow no-break space between a number and its unit. */
const NNBSP = '\u202f';
const DASH = '–';

const grouped = new Intl.NumberFormat('en-US');

/** `12345` → `12,345`. */
export function formatCount(value: number): string {
  return grouped.format(value);
}

/** `plural(1, 'board')` → `1 board`; `plural(4, 'board')` → `4 boards`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** Three significant digits at most, without a trailing `.0`. */
function short(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

/** A span for people: `850 ms`, `4.2 s`, `3 min 05 s`, `2 h 04 min`, `3 d 4 h`. Negative spans count as 0. */
export function formatDuration(ms: number): string {
  if (ms < 1) return ms <= 0 ? `0${NNBSP}ms` : `${short(ms * 1000)}${NNBSP}µs`;
  if (ms < 1000) return `${short(ms)}${NNBSP}ms`;
  if (ms < 59_950) return `${short(ms / 1000)}${NNBSP}s`;
  return formatLong(Math.round(ms / 1000));
}

function formatLong(totalSeconds: number): string {
  const minutes = Math.floor(totalSeconds / 60);
  if (minutes < 60) return `${minutes}${NNBSP}min ${pad(totalSeconds % 60)}${NNBSP}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}${NNBSP}h ${pad(minutes % 60)}${NNBSP}min`;
  return `${Math.floor(hours / 24)}${NNBSP}d ${hours % 24}${NNBSP}h`;
}

/** Time that is still running, in whole seconds so that it does not flicker: `0 s`, `42 s`, `3 min 05 s`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds}${NNBSP}s` : formatLong(seconds);
}

/** A coarse estimate: `a few seconds`, `about 40 s`, `about 7 min`, `about 2 h`. */
export function formatEta(ms: number): string {
  if (ms < 10_000) return 'a few seconds';
  if (ms < 55_000) return `about ${Math.round(ms / 10_000) * 10}${NNBSP}s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60
    ? `about ${Math.max(1, minutes)}${NNBSP}min`
    : `about ${short(ms / 3_600_000)}${NNBSP}h`;
}

/** How long ago: `just now`, `35 s ago`, `12 min ago`, `5 h ago`, `3 d ago`. */
export function formatAgo(thenMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - thenMs) / 1000);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds}${NNBSP}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${NNBSP}min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}${NNBSP}h ago`;
  return `${Math.floor(seconds / 86_400)}${NNBSP}d ago`;
}

/** Local date and time, sortable by eye: `2026-03-09 14:05:33`. */
export function formatDateTime(wallMs: number): string {
  const at = new Date(wallMs);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${formatClock(at)}`;
}

/** The same moment here and in UTC, for whoever compares logs of two places. */
export function formatWithUtc(wallMs: number): string {
  const utc = new Date(wallMs).toISOString();
  return `${formatDateTime(wallMs)}\n${utc.slice(0, 10)} ${utc.slice(11, 19)} UTC`;
}

function formatClock(at: Date): string {
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** Local wall clock of a console line: `14:05:33.123`. */
export function formatWallTime(wallMs: number): string {
  const at = new Date(wallMs);
  return `${formatClock(at)}.${pad(at.getMilliseconds(), 3)}`;
}

/** Offset of a console line in seconds, with fixed decimals so that columns align: `0.001234`, `83.120`. */
export function formatOffset(atUs: number, decimals: 3 | 6): string {
  return (atUs / 1e6).toFixed(decimals);
}

const BYTE_STEPS = [`${NNBSP}B`, `${NNBSP}kB`, `${NNBSP}MB`, `${NNBSP}GB`] as const;

/** Decimal bytes: `512 B`, `10.5 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1000 && step < BYTE_STEPS.length - 1) {
    value /= 1000;
    step += 1;
  }
  return short(value) + (BYTE_STEPS[step] ?? '');
}

const UNIT_TEXT: Partial<Record<MetricUnit, string>> = {
  us: 'µs',
  per_second: '/s',
  percent: '%',
  uA: 'µA',
  uC: 'µC',
};

/** A metric's value with its unit: `12,345 cycles`, `4.25 µs`, `1.2 MB/s`. */
export function formatMetric(value: number, unit: MetricUnit): string {
  if (unit === 'bytes' && value >= 0) return formatBytes(value);
  if (unit === 'bytes_per_second' && value >= 0) return `${formatBytes(value)}/s`;
  const number = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 7 }).format(value);
  return unit === 'count' ? number : `${number}${NNBSP}${UNIT_TEXT[unit] ?? unit}`;
}

/** `7 / 12`, `7` while the total is unknown, `–` when nothing is known. */
export function formatProgress(done: number, total: number | null): string {
  if (total !== null) return `${formatCount(done)} / ${formatCount(total)}`;
  return done > 0 ? formatCount(done) : DASH;
}

/** First characters of a digest, as people compare them. */
export function shortHash(sha256: string): string {
  return sha256.slice(0, 12);
}
