import { ApiProblem, NoAnswer } from '../api/http-client.js';

function advice(error: Error): string {
  if (error instanceof NoAnswer)
    return 'Check that the controller runs (greenrack controller) and that this address reaches it. This page goes on by itself as soon as it answers.';
  if (error instanceof ApiProblem && error.status === 404)
    return 'Check the address. It may name something of another farm, or something that was deleted.';
  if (error instanceof ApiProblem && error.status === 403)
    return 'Ask an admin of the farm for a token with that role.';
  return 'Try again; if it stays, report it with the message above.';
}

function heading(error: Error): string {
  if (error instanceof NoAnswer) return 'The controller does not answer';
  if (error instanceof ApiProblem && error.status === 404) return 'There is no such thing';
  return 'This could not be read';
}

/** Stands where a page's content would be, and says what to do. */
export function ProblemPanel({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const requestId = error instanceof ApiProblem ? error.problem?.requestId : undefined;
  return (
    <section className="panel empty" role="alert">
      <h1>{heading(error)}</h1>
      <p>{error.message}</p>
      <p className="quiet">{advice(error)}</p>
      {requestId && <p className="quiet">Request {requestId}</p>}
      <span className="buttons">
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
        {/* Also shown where there is no router. */}
        <a className="button" href="/">
          Back to the farm
        </a>
      </span>
    </section>
  );
}
