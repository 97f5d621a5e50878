import type { ConsoleModel } from '../model/console-model.js';
import { isCut } from '../model/console-rows.js';
import { ConsoleRow, type RowStyle } from './console-row.js';
import type { ConsoleScroll } from './use-console-scroll.js';

const OVERSCAN_PX = 200;

interface Props {
  readonly model: ConsoleModel;
  readonly scroll: ConsoleScroll;
  readonly viewPx: number;
  readonly style: RowStyle;
  /** Number of the line that the search stands on. */
  readonly found: number;
}

/** The lines that are visible now, at their place in the whole. */
export function ConsoleLinesView({ model, scroll, viewPx, style, found }: Props) {
  const { rows, lines } = model;
  const { rowPx } = style;
  const first = rows.indexAt(Math.max(0, Math.floor((scroll.topPx - OVERSCAN_PX) / rowPx)));
  const last = rows.indexAt(Math.ceil((scroll.topPx + viewPx + OVERSCAN_PX) / rowPx));
  const offsetPx = scroll.scrollTopPx + rows.startOf(first) * rowPx - scroll.topPx;
  return (
    <div className="console-list" style={{ height: scroll.map.elementPx }}>
      <div className="console-window" style={{ transform: `translateY(${offsetPx}px)` }}>
        {lines.slice(first, last + 1).map((line, index) => (
          <ConsoleRow
            key={line.number}
            line={line}
            rows={rows.startOf(first + index + 1) - rows.startOf(first + index)}
            cut={isCut(line, rows.layout)}
            found={line.number === found}
            style={style}
          />
        ))}
      </div>
    </div>
  );
}
