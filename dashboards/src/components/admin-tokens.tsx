import type { TokenView } from '@greenrack/farm-protocol';
import { listTokens } from '../api/admin-api.js';
import { AnswerPanel } from './answer-panel.js';
import { Ago } from './times.js';
import { useAnswer } from './use-answer.js';
import { useNow } from './use-clock.js';
import { useSession } from './wiring-context.js';

function State({ token }: { readonly token: TokenView }) {
  const now = useNow();
  if (token.revokedMs !== null) return <span className="quiet">revoked</span>;
  if (token.expiresMs === null) return <>valid</>;
  return token.expiresMs < now ? (
    <span className="quiet">expired</span>
  ) : (
    <>until {new Date(token.expiresMs).toLocaleDateString('en-CA')}</>
  );
}

function Tokens({ tokens }: { readonly tokens: readonly TokenView[] }) {
  return (
    <table className="table compare">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">Tenant</th>
          <th scope="col">State</th>
          <th scope="col">Made</th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>{token.name}</td>
            <td>{token.role}</td>
            <td className="quiet">{token.tenant}</td>
            <td>
              <State token={token} />
            </td>
            <td className="quiet">
              <Ago atMs={token.createdMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const HOW = (
  <span className="quiet">
    made and revoked by <code>greenrack token</code>
  </span>
);

/** Who may do what. Secrets are shown once, to whoever makes a token. */
export function AdminTokens() {
  const { api } = useSession();
  const answer = useAnswer((signal) => listTokens(api, signal), [api]);
  return (
    <AnswerPanel id="tokens-title" title="Tokens" answer={answer} note={() => HOW}>
      {(tokens) => <Tokens tokens={tokens} />}
    </AnswerPanel>
  );
}
