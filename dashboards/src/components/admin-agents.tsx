import type { AgentView, BoardView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { AnswerPanel } from './answer-panel.js';
import { Icon } from './icon.js';
import { Ago } from './times.js';
import { useLiveAnswer } from './use-live-answer.js';

/** An agent that comes or goes takes its boards along. */
const NEWS = { board: ({ current }: BoardView) => current === null, everyMs: 3000 };

function State({ agent }: { readonly agent: AgentView }) {
  if (agent.neverSeen)
    return (
      <span className="agent-state agent-gone">
        <Icon name="offline" />
        never connected
      </span>
    );
  return (
    <span className={agent.connected ? 'agent-state' : 'agent-state agent-gone'}>
      <Icon name={agent.connected ? 'good' : 'offline'} />
      {agent.connected ? 'connected' : 'gone'} <Ago atMs={agent.sinceMs} />
    </span>
  );
}

function Agents({ views }: { readonly views: readonly AgentView[] }) {
  if (views.length === 0)
    return (
      <p className="quiet panel-note">
        No rack is known yet. <Link to="/">How to add one</Link>
      </p>
    );
  const agents = [...views].sort((a, b) => Number(a.connected) - Number(b.connected));
  return (
    <table className="table compare">
      <thead>
        <tr>
          <th scope="col">Agent</th>
          <th scope="col">State</th>
          <th scope="col">Host</th>
          <th scope="col">Version</th>
          <th scope="col" className="right">
            Boards
          </th>
        </tr>
      </thead>
      <tbody>
        {agents.map((agent) => (
          <tr key={agent.name}>
            <td>
              <Link to={`/?q=${encodeURIComponent(`rack:"${agent.name}"`)}`}>{agent.name}</Link>
            </td>
            <td>
              <State agent={agent} />
            </td>
            <td className="quiet">{agent.host}</td>
            <td className="quiet">{agent.version}</td>
            <td className="num right">{agent.boards}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Agents, where they run and which version; those that are gone first. */
export function AdminAgents() {
  const answer = useLiveAnswer((api, signal) => api.agents(signal), NEWS, []);
  return (
    <AnswerPanel id="agents-title" title="Agents" answer={answer}>
      {(views) => <Agents views={views} />}
    </AnswerPanel>
  );
}
