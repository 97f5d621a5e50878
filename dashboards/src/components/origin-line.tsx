import type { Origin } from '@greenrack/farm-protocol';
import { refName, shortSha } from '../model/origin-words.js';

/** The commit that a submission was built from, as whoever submitted it says. */
export function OriginLine({ origin }: { readonly origin: Origin }) {
  const { repository, ref, sha, baseSha, pullRequest, dirty, builtBy, url } = origin;
  return (
    <p className="facts-line quiet">
      {repository !== undefined && <span>{repository}</span>}
      {pullRequest !== undefined && <span>pull request #{pullRequest}</span>}
      {ref !== undefined && <span>{refName(ref)}</span>}
      <span>
        commit{' '}
        <code title={sha}>
          {shortSha(sha)}
          {dirty ? ' with changes' : ''}
        </code>
      </span>
      {baseSha !== undefined && (
        <span>
          against <code title={baseSha}>{shortSha(baseSha)}</code>
        </span>
      )}
      {builtBy !== undefined && (
        <span>
          built by{' '}
          {url === undefined ? (
            builtBy
          ) : (
            <a href={url} rel="noreferrer noopener">
              {builtBy}
            </a>
          )}
        </span>
      )}
    </p>
  );
}
