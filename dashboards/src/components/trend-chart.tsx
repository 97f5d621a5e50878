import type { MetricUnit } from '@greenrack/farm-protocol';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatMetric } from '../model/format.js';
import type { Trend } from '../model/trend.js';
import { axisInk, colourOf, dashOf, LINE_TONES } from './chart-colours.js';
import { drawMarks } from './draw-marks.js';
import { useThemeChange } from './use-theme-change.js';
import { useWidth } from './use-width.js';

const HEIGHT_PX = 320;

interface Props {
  readonly trend: Trend;
  readonly unit: MetricUnit;
  /** Builds at which something changed, by their place. */
  readonly marks: readonly number[];
}

function optionsOf({ trend, unit, marks }: Props, width: number): UPlot.Options {
  const { builds, lines } = trend;
  const ink = axisInk();
  const mark = colourOf('fail');
  return {
    hooks: { draw: [(plot) => drawMarks(plot, marks, mark)] },
    padding: [null, 44, null, null],
    width,
    height: HEIGHT_PX,
    scales: { x: { time: false } },
    axes: [
      {
        ...ink,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200],
        space: 76,
        values: (_, at) => at.map((index) => builds[index]?.label ?? ''),
      },
      { ...ink, size: 92, values: (_, at) => at.map((value) => formatMetric(value, unit)) },
    ],
    series: [
      { label: 'Build', value: (_, at) => (at === null ? '–' : (builds[at]?.label ?? '–')) },
      ...lines.map(({ series }, line) => ({
        label: series.boardSerial,
        stroke: colourOf(LINE_TONES[line % LINE_TONES.length] ?? 'text'),
        dash: dashOf(line),
        width: 2,
        points: { show: true, size: 5 },
        spanGaps: true,
        value: (_: UPlot, value: number | null) =>
          value === null ? '–' : formatMetric(value, unit),
      })),
    ],
    legend: { live: true },
  };
}

/** A metric over builds, a line for each board. Loaded only where there is something to draw. */
export function TrendChart({ trend, unit, marks }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const theme = useThemeChange();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme's colours are read while drawing.
  useEffect(() => {
    if (!box.current || width === 0) return undefined;
    const data = [
      trend.builds.map((_, at) => at),
      ...trend.lines.map(({ values }) => [...values]),
    ] as UPlot.AlignedData;
    const plot = new UPlot(optionsOf({ trend, unit, marks }, width), data, box.current);
    return () => plot.destroy();
  }, [trend, unit, marks, width, theme]);
  return <div className="chart" ref={box} role="img" aria-label="Values over builds" />;
}
