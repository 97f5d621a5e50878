import type { Assignment, EventBody } from '@greenrack/farm-protocol';

/** What one board of an attempt is to do, and the name of its console among the streams. */
export interface RoleOrder {
  readonly order: Assignment;
  readonly stream: string;
}

/** One order for each board of an attempt, in the order in which they start. */
export function ordersOf(assignment: Assignment): RoleOrder[] {
  const { partners = [], hostTest, compareLog, clock, timing, power, ...common } = assignment;
  const others = partners.map((partner) => ({
    order: { ...common, ...partner },
    stream: `console-${partner.role}`,
  }));
  return [{ order: assignment, stream: 'console' }, ...others];
}

const MAX_NAME = 200;
const MAX_TEXT = 4000;

/** An event of one board among several: what it names is told apart by the role. */
export function inRole(body: EventBody, role: string | undefined): EventBody {
  if (role === undefined) return body;
  const named = (name: string): string => `${role}: ${name}`.slice(0, MAX_NAME);
  const told = (text: string): string => `${role}: ${text}`.slice(0, MAX_TEXT);
  switch (body.type) {
    case 'casesListed':
      return { ...body, names: body.names.map(named) };
    case 'caseBegin':
    case 'caseEnd':
      return { ...body, name: named(body.name) };
    case 'metric': {
      const { caseName, ...metric } = body.metric;
      return { ...body, metric: { ...metric, caseName: named(caseName ?? metric.name) } };
    }
    case 'crash':
      return { ...body, crash: { ...body.crash, message: told(body.crash.message) } };
    case 'note':
      return { ...body, text: told(body.text) };
    case 'handshake':
      // As an event of its own it says that all cases begin anew, those of the other boards too.
      return { type: 'note', text: told(`handshake, host test ${body.hostTest}`) };
    default:
      return body;
  }
}
