import type { TraceView, TraceWindowView } from '@greenrack/farm-protocol';
import { lazy, Suspense, useState } from 'react';
import { type AttemptPlace, listTraces, type SampleSpan, traceWindow } from '../api/trace-api.js';
import { formatDuration } from '../model/format.js';
import { formatCurrent, spanBetween, wider } from '../model/trace-span.js';
import { Fact } from './fact.js';
import { useAnswer } from './use-answer.js';
import { useSession } from './wiring-context.js';

const POINTS = 1000;
const MOST_DIGITS = 5;

const TraceChart = lazy(async () => {
  const { TraceChart: chart } = await import('./trace-chart.js');
  return { default: chart };
});

const short = (value: number) => String(Number(value.toPrecision(MOST_DIGITS)));

/** What was drawn between two moments, exactly. */
function Drawn({ name, span }: { readonly name: string; readonly span: TraceWindowView['span'] }) {
  return (
    <dl className="facts inline-facts trace-facts" aria-label={name}>
      <Fact name={name}>{formatDuration(span.seconds * 1000)}</Fact>
      <Fact name="Mean">{span.meanUa === null ? '–' : formatCurrent(span.meanUa)}</Fact>
      <Fact name="Charge">{short(span.chargeUc)} µC</Fact>
      <Fact name="Energy">
        {span.energyMj === null ? (
          <span className="quiet">not known</span>
        ) : (
          `${short(span.energyMj)} mJ`
        )}
      </Fact>
      {span.missing > 0 && <Fact name="Missing">{span.missing} samples</Fact>}
      {span.clipped > 0 && <Fact name="At the limit">{span.clipped} samples</Fact>}
    </dl>
  );
}

interface TraceProps {
  readonly attempt: AttemptPlace;
  readonly trace: TraceView;
}

function useWindow({ attempt, trace }: TraceProps, span: SampleSpan | undefined, points: number) {
  const { api } = useSession();
  const { stream } = trace;
  return useAnswer(
    async (signal) =>
      span && (await traceWindow(api, { attempt, stream }, { ...span, points }, signal)),
    [api, attempt.runId, attempt.number, stream, span?.from, span?.to, points],
  );
}

function Trace({ attempt, trace }: TraceProps) {
  const { samples, meter } = trace;
  const whole = { from: 0, to: samples };
  const [shown, setShown] = useState<SampleSpan>(whole);
  const [marks, setMarks] = useState<readonly number[]>([]);
  const rate = { sampleRateHz: meter.sampleRateHz, samples };
  const view = useWindow({ attempt, trace }, shown, POINTS);
  const [a, b] = marks;
  const between = a !== undefined && b !== undefined ? spanBetween([a, b], rate) : undefined;
  const measured = useWindow({ attempt, trace }, between, 1);
  const isWhole = shown.from === 0 && shown.to === samples;
  if (view.status === 'failed') return <p className="bad panel-note">{view.error.message}</p>;
  return (
    <>
      <div className="trace-tools">
        <span className="quiet">Drag to zoom in, click twice to measure between.</span>
        <span className="buttons">
          <button
            type="button"
            className="button"
            disabled={isWhole}
            onClick={() => setShown(wider(shown, samples))}
          >
            Zoom out
          </button>
          <button
            type="button"
            className="button"
            disabled={isWhole}
            onClick={() => setShown(whole)}
          >
            All
          </button>
          {marks.length > 0 && (
            <button type="button" className="button" onClick={() => setMarks([])}>
              Clear marks
            </button>
          )}
        </span>
      </div>
      {view.data && (
        <>
          <Suspense fallback={<div className="chart trace-chart" />}>
            <TraceChart
              view={view.data}
              marks={marks}
              onZoom={(seconds) => setShown(spanBetween(seconds, rate))}
              onMark={(second) => setMarks((old) => [...old.slice(-1), second])}
            />
          </Suspense>
          <Drawn name="In view" span={view.data.span} />
        </>
      )}
      {between && measured.data && <Drawn name="Between the marks" span={measured.data.span} />}
    </>
  );
}

/** What a power meter saw while an attempt ran: nothing where nothing was measured. */
export function TracePanel({ attempt, over }: { readonly attempt: AttemptPlace; over: boolean }) {
  const { api } = useSession();
  const { runId, number } = attempt;
  const { data } = useAnswer(
    (signal) => listTraces(api, attempt, signal),
    [api, runId, number, over],
  );
  if (!data || data.length === 0) return null;
  return data.map((trace) => (
    <section key={trace.stream} className="panel trace" aria-label={`Power trace ${trace.stream}`}>
      <header className="panel-head">
        <h2>Power</h2>
        <span className="quiet">
          {formatDuration((trace.samples / trace.meter.sampleRateHz) * 1000)} at{' '}
          {short(trace.meter.sampleRateHz / 1000)} kHz
          {!trace.complete && ', so far'}
        </span>
      </header>
      {trace.footer?.faults.map((fault) => (
        <p key={fault} className="bad panel-note">
          {fault}
        </p>
      ))}
      <Trace attempt={attempt} trace={trace} />
    </section>
  ));
}
