import type { Flake, QuarantineView } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { plural } from '../model/format.js';
import { mayDo } from '../model/roles.js';
import { boardPath } from './board-link.js';
import { QuarantineForm } from './quarantine-form.js';
import { Ago } from './times.js';
import { useSession } from './wiring-context.js';

const percent = (share: number) => `${Math.round(share * 100)} %`;

function Cluster({ cluster }: { readonly cluster: Flake['clusters'][number] }) {
  const { by, value, failures, runs } = cluster;
  return (
    <span>
      {by === 'board' && (
        <>
          on <Link to={boardPath(value)}>{value}</Link>
        </>
      )}
      {by === 'fixture' && `with ${value}`}
      {by === 'hour' && `at ${value}`}{' '}
      <span className="num">
        {failures} of {runs}
      </span>
    </span>
  );
}

interface Props {
  readonly flake: Flake;
  readonly quarantine: QuarantineView | undefined;
  readonly onDone: () => void;
}

function Act({ flake, quarantine, onDone }: Props) {
  const { identity } = useSession();
  const [isAsking, setAsking] = useState(false);
  const { caseName } = flake;
  if (quarantine) return <span className="chip tone-skipped">quarantined</span>;
  if (caseName === null || !mayDo(identity.role, 'submitter')) return null;
  const done = () => {
    setAsking(false);
    onDone();
  };
  if (isAsking) return <QuarantineForm flake={{ ...flake, caseName }} onDone={done} />;
  return (
    <button type="button" className="button" onClick={() => setAsking(true)}>
      Quarantine
    </button>
  );
}

/** One flake: how often it fails, where more often than elsewhere, and what is done about it. */
export function FlakeRow({ flake, quarantine, onDone }: Props) {
  const { target, imageName, caseName, failures, runs, rate, low, high, clusters } = flake;
  const test = new URLSearchParams({ target, image: imageName, case: caseName ?? '' });
  return (
    <li className="flake">
      <span
        className="flake-rate num"
        title={`${failures} of ${runs} failed; with 95 % certainty between ${percent(low)} and ${percent(high)}`}
      >
        <b>{percent(rate)}</b>
        <span className="quiet">
          {failures} of {runs}
        </span>
      </span>
      <div className="flake-what">
        <Link to={`/tests?${test}`}>
          <b>{caseName ?? imageName}</b>
        </Link>{' '}
        <span className="quiet">
          {caseName !== null && `${imageName} · `}
          {target} · {plural(flake.images, 'image')}
        </span>
        <p className="flake-where">
          {clusters.length === 0 && <span className="quiet">nowhere more than elsewhere</span>}
          {clusters.map((cluster) => (
            <Cluster key={`${cluster.by} ${cluster.value}`} cluster={cluster} />
          ))}
        </p>
      </div>
      <div className="flake-act">
        <span className="quiet">
          last failed <Ago atMs={flake.lastMs} />
        </span>
        <Act flake={flake} quarantine={quarantine} onDone={onDone} />
      </div>
    </li>
  );
}
