import { Link } from 'react-router-dom';
import { evidenceParts } from '../model/evidence.js';

/** What proves a change of a board's state, with links to the runs that it names. */
export function Evidence({ text }: { readonly text: string }) {
  return (
    <code className="evidence">
      {evidenceParts(text).map(({ text: part, runId, at }) =>
        runId === undefined ? (
          part
        ) : (
          <Link key={at} to={`/runs/${runId}`}>
            {part}
          </Link>
        ),
      )}
    </code>
  );
}
