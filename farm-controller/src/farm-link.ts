import { AgentGateway } from './dispatch/agent-gateway.js';
import { AgentHello } from './dispatch/agent-hello.js';
import type { FarmEvents } from './farm-events.js';
import type { DispatchDeps } from './farm-parts.js';
import type { LeaseKeeper } from './lease/lease-keeper.js';
import { AttemptIntake } from './results/attempt-intake.js';
import { EventCommitter } from './results/event-committer.js';
import type { NewsFeed } from './store/ports.js';

/** The controller's end of the link, joined with what takes the reports of agents. */
export function linkOver(
  deps: DispatchDeps,
  { leases, news }: { readonly leases: LeaseKeeper; readonly news: NewsFeed },
  on: FarmEvents,
): AgentGateway {
  const { store, spool: streams, inventory, attempts, log } = deps;
  const common = { ...deps, streams, renew: leases.renew.bind(leases) };
  const boardsOf = (agent: string) => inventory.racks.get(agent);
  const committer = new EventCommitter({
    ...{ attempts: store.attempts, clock: deps.clock, policy: deps.policy },
    onCommitted: on.eventsCommitted,
  });
  const open = (id: string) => attempts.find(id);
  return new AgentGateway({
    ...common,
    hello: new AgentHello({ ...common, boardsOf }),
    intake: new AttemptIntake({ streams, committer, open, news, log }),
    onWelcomed: on.agentWelcomed,
    onAgentLost: on.agentLost,
    onBoards: on.workFound,
  });
}
