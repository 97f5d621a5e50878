/** Strokes on a 16 × 16 grid; one path each. */
const PATHS = {
  pass: 'M3.5 8.5l3 3 6-7',
  fail: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  crash: 'M9.5 2L4 9h4l-1.5 5L12 7H8z',
  hang: 'M4.5 2.5h7M4.5 13.5h7M5.5 2.5c0 3.5 5 4 5 5.5s-5 2-5 5.5M10.5 2.5c0 3.5-5 4-5 5.5s5 2 5 5.5',
  infra: 'M9.8 3.2a3 3 0 0 1 3 4L14 8.5 11.5 11l-1.3-1.2-4.4 4-1.6-1.6 4-4.4A3 3 0 0 1 9.8 3.2z',
  flaky: 'M2.5 10.5l3-5 3.5 6 2-3.5h2.5',
  skipped: 'M4 4l4 4-4 4M8.5 4l4 4-4 4',
  blocked: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M4.2 4.2l7.6 7.6',
  cancelled: 'M4.5 4.5h7v7h-7z',
  xfail: 'M3 8h10M5 4.5l6 7M11 4.5l-6 7',
  xpass: 'M8 3v6M8 12.2v.3',
  queued: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3l2 1.5',
  running: 'M5.5 3.5v9l7-4.5z',
  idle: 'M8 3.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9',
  leased: 'M5.5 3.5v9l7-4.5z',
  offline: 'M2.5 2.5l11 11M5 5.5A5 5 0 0 0 8 13a5 5 0 0 0 3.5-1.5M8 3v4M12.3 9.5A5 5 0 0 0 11 5',
  good: 'M3.5 8.5l3 3 6-7',
  suspect: 'M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.9-1.1 1.8M8 12.3v.2',
  quarantined: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM8 5.5v3M8 10.5v.2',
  maintenance:
    'M9.8 3.2a3 3 0 0 1 3 4L14 8.5 11.5 11l-1.3-1.2-4.4 4-1.6-1.6 4-4.4A3 3 0 0 1 9.8 3.2z',
  search: 'M7 3a4 4 0 1 0 0 8a4 4 0 1 0 0-8M10 10l3.5 3.5',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13h10',
  close: 'M4 4l8 8M12 4l-8 8',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M12.8 9.7A5.3 5.3 0 0 1 6.3 3.2a5.3 5.3 0 1 0 6.5 6.5z',
  device: 'M2.5 3.5h11v7.5h-11zM6 13.5h4M8 11v2.5',
  expand: 'M9.5 3h3.5v3.5M6.5 13H3V9.5M13 3L9 7M3 13l4-4',
  shrink: 'M13 6.5H9.5V3M3 9.5h3.5V13M9.5 6.5l4-4M6.5 9.5l-4 4',
  rack: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5v.1M5 11v.1M8 5h3M8 11h3',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign; decoration only, the word beside it carries the meaning. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
