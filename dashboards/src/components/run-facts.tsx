import type { RunDetail } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { formatCount, formatDuration, shortHash } from '../model/format.js';
import { boardPath, RunBoardLink } from './board-link.js';
import { Fact } from './fact.js';
import { Ago, Elapsed } from './times.js';

function Duration({ run, startedMs }: { readonly run: RunDetail; readonly startedMs: number }) {
  if (run.finishedMs === null) return <Elapsed sinceMs={startedMs} />;
  return <span className="num">{formatDuration(run.finishedMs - startedMs)}</span>;
}

/** What ran, where, and how long. */
export function RunFacts({ run }: { readonly run: RunDetail }) {
  const { agent, partners = [] } = run.attemptList.at(-1) ?? {};
  const { fixtures, tags, board } = run.requirement;
  const needs = [...fixtures, ...tags, ...(board === undefined ? [] : [`board ${board}`])];
  return (
    <dl className="facts inline-facts run-facts">
      <Fact name="Target">{run.requirement.target}</Fact>
      {run.boardSerial !== null && (
        <Fact name="Board">
          <RunBoardLink run={run} />
          {agent !== undefined && <span className="quiet"> on {agent}</span>}
        </Fact>
      )}
      {partners.map(({ role, boardSerial }) => (
        <Fact key={role} name={`Partner ${role}`}>
          <Link to={boardPath(boardSerial)}>{boardSerial}</Link>{' '}
          <span className="quiet">
            {run.partners?.find((partner) => partner.role === role)?.imageName}
          </span>
        </Fact>
      ))}
      {run.startedMs !== null && (
        <Fact name="Time">
          <Duration run={run} startedMs={run.startedMs} />
        </Fact>
      )}
      {run.attempts > 0 && <Fact name="Attempts">{formatCount(run.attempts)}</Fact>}
      <Fact name="Image">
        {run.imageName} <code title={run.imageSha256}>{shortHash(run.imageSha256)}</code>
      </Fact>
      {needs.length > 0 && <Fact name="Needs">{needs.join(', ')}</Fact>}
      <Fact name="Priority">{run.band}</Fact>
      <Fact name="Submitted">
        <Ago atMs={run.createdMs} />
      </Fact>
    </dl>
  );
}
