import { memo } from 'react';
import type { ConsoleLine } from '../model/console-lines.js';
import { cutSegments, type Segment, segmentsOf } from '../model/console-text.js';
import { formatBytes, formatOffset, formatWallTime } from '../model/format.js';
import { lineHash } from '../model/line-link.js';

export type TimeMode = 'offset' | 'clock' | 'none';

/** What is the same for all rows. */
export interface RowStyle {
  readonly columns: number;
  readonly rowPx: number;
  readonly time: TimeMode;
  readonly decimals: 3 | 6;
  readonly wallMs: number | undefined;
  readonly needle: string;
  readonly onExpand: (number: number) => void;
}

interface Props {
  readonly line: ConsoleLine;
  readonly rows: number;
  readonly cut: boolean;
  readonly found: boolean;
  readonly style: RowStyle;
}

function timeText(line: ConsoleLine, style: RowStyle): string {
  if (style.time === 'clock' && style.wallMs !== undefined)
    return formatWallTime(style.wallMs + line.atUs / 1000);
  return formatOffset(line.atUs, style.decimals);
}

function classOf(segment: Segment): string | undefined {
  const names = [segment.kind === 'escape' ? 'esc' : '', segment.hit ? 'hit' : ''];
  return names.filter(Boolean).join(' ') || undefined;
}

function Text({ line, rows, cut, style }: Props) {
  const columns = rows * style.columns;
  // A character takes one column at least: the rest of a long line need not be looked at.
  const text = cut ? line.text.slice(0, columns) : line.text;
  const segments = cutSegments(segmentsOf(text, style.needle), cut ? columns : Infinity);
  return segments.map((segment, index) => {
    const name = classOf(segment);
    return name === undefined ? (
      segment.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other identity.
      <span key={index} className={name}>
        {segment.text}
      </span>
    );
  });
}

/** One line of the console. Text goes to the page as text nodes only; controls have been escaped before. */
export const ConsoleRow = memo(function ConsoleRow(props: Props) {
  const { line, rows, cut, found, style } = props;
  const names = ['line', line.direction === 'tx' && 'line-tx', found && 'line-found'];
  return (
    <div
      className={names.filter(Boolean).join(' ')}
      style={{ height: rows * style.rowPx }}
      data-line={line.number}
    >
      {style.time !== 'none' && (
        <a className="line-time" href={lineHash(line.number)} tabIndex={-1}>
          {timeText(line, style)}
        </a>
      )}
      <span className="line-mark" title={line.direction === 'tx' ? 'sent to the board' : undefined}>
        {line.direction === 'tx' ? '›' : ''}
      </span>
      <span className="line-text" style={{ width: `calc(${style.columns}ch + 1px)` }}>
        <Text {...props} />
      </span>
      {cut && (
        <button type="button" className="line-more" onClick={() => style.onExpand(line.number)}>
          show all {formatBytes(line.text.length)}
        </button>
      )}
    </div>
  );
});
