import type { TraceWindowView } from '@greenrack/farm-protocol';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDuration } from '../model/format.js';
import { formatCurrent } from '../model/trace-span.js';
import { axisInk, colourOf } from './chart-colours.js';
import { drawMarks } from './draw-marks.js';
import { useThemeChange } from './use-theme-change.js';
import { useWidth } from './use-width.js';

const HEIGHT_PX = 260;

interface Props {
  readonly view: TraceWindowView;
  /** Moments that are marked, in seconds. */
  readonly marks: readonly number[];
  readonly onZoom: (seconds: [number, number]) => void;
  readonly onMark: (second: number) => void;
}

function dataOf({
  firstSample,
  samplesPerPoint,
  sampleRateHz,
  minUa,
  maxUa,
  meanUa,
}: TraceWindowView) {
  const seconds = meanUa.map((_, at) => (firstSample + at * samplesPerPoint) / sampleRateHz);
  return [seconds, minUa, maxUa, meanUa] as UPlot.AlignedData;
}

function optionsOf(props: Props, width: number): UPlot.Options {
  const ink = axisInk();
  const [mean, band, mark] = [colourOf('running'), colourOf('line-strong'), colourOf('fail')];
  const current = (_: UPlot, value: number | null) => (value === null ? '–' : formatCurrent(value));
  return {
    width,
    height: HEIGHT_PX,
    scales: { x: { time: false } },
    axes: [
      { ...ink, values: (_, at) => at.map((second) => formatDuration(second * 1000)) },
      { ...ink, size: 78, values: (_, at) => at.map(formatCurrent) },
    ],
    cursor: { drag: { x: true, y: false, setScale: false, dist: 6 } },
    series: [
      {
        label: 'Time',
        value: (_, second) => (second === null ? '–' : formatDuration(second * 1000)),
      },
      { label: 'min', stroke: band, width: 1, value: current, points: { show: false } },
      { label: 'max', stroke: band, width: 1, value: current, points: { show: false } },
      { label: 'mean', stroke: mean, width: 1.5, value: current, points: { show: false } },
    ],
    bands: [{ series: [2, 1], fill: band }],
    hooks: {
      draw: [(plot) => drawMarks(plot, props.marks, mark)],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < 1) return;
          props.onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + selected, 'x')]);
        },
      ],
      ready: [
        (plot) => {
          plot.over.addEventListener('click', () => {
            if (plot.select.width > 0 || plot.cursor.left === undefined) return;
            props.onMark(plot.posToVal(plot.cursor.left, 'x'));
          });
        },
      ],
    },
  };
}

/** A part of a trace: least, most and mean of each point. Loaded only where something was measured. */
export function TraceChart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const theme = useThemeChange();
  const { view, marks } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is called back does not change the picture.
  useEffect(() => {
    if (!box.current || width === 0) return undefined;
    const plot = new UPlot(optionsOf(props, width), dataOf(view), box.current);
    return () => plot.destroy();
  }, [view, marks, width, theme]);
  return <div className="chart trace-chart" ref={box} role="img" aria-label="Current over time" />;
}
