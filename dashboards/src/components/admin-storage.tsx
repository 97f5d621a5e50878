import { type KeptDays, STREAM_DATA, type StorageView } from '@greenrack/farm-protocol';
import { storageOf } from '../api/admin-api.js';
import { formatBytes, formatCount, plural } from '../model/format.js';
import { AnswerPanel } from './answer-panel.js';
import { Fact } from './fact.js';
import { useAnswer } from './use-answer.js';
import { useSession } from './wiring-context.js';

const daysWords = (days: KeptDays) => (days === 'forever' ? 'for ever' : plural(days, 'day'));

const STREAM_NAMES = {
  ...{ events: 'Events are kept', consoles: 'Consoles are kept', traces: 'Traces are kept' },
} as const;

function Storage({ view: { policy, images, forecast } }: { readonly view: StorageView }) {
  return (
    <>
      <dl className="facts inline-facts panel-note">
        <Fact name="Images">
          {formatCount(images.count)}, {formatBytes(images.bytes)}
        </Fact>
        {STREAM_DATA.map((kind) => (
          <Fact key={kind} name={STREAM_NAMES[kind]}>
            {daysWords(policy.keep[kind])}; of what failed {daysWords(policy.failed[kind])}
          </Fact>
        ))}
        <Fact name="Images are kept">{daysWords(policy.keep.images)}</Fact>
        <Fact name="Points of series">{daysWords(policy.keep.points)}</Fact>
        <Fact name="Newest of each branch">{formatCount(policy.branchNewest)}</Fact>
        <Fact name="Histories of boards">{daysWords(policy.keep.transitions)}</Fact>
      </dl>
      {forecast.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Will have gone</th>
              <th scope="col" className="right">
                Logs of submissions
              </th>
              <th scope="col" className="right">
                Images
              </th>
            </tr>
          </thead>
          <tbody>
            {forecast.map(({ inDays, submissions, images: gone }) => (
              <tr key={inDays}>
                <td>{inDays === 0 ? 'now' : `in ${plural(inDays, 'day')}`}</td>
                <td className="num right">{formatCount(submissions)}</td>
                <td className="num right">{formatCount(gone)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** What the farm keeps, for how long, and what will have gone when. */
export function AdminStorage() {
  const { api } = useSession();
  const answer = useAnswer((signal) => storageOf(api, signal), [api]);
  const free = ({ freeBytes }: StorageView) => (
    <span className="quiet">{formatBytes(freeBytes)} free on the controller’s disk</span>
  );
  return (
    <AnswerPanel id="storage-title" title="Storage" answer={answer} note={free}>
      {(view) => <Storage view={view} />}
    </AnswerPanel>
  );
}
