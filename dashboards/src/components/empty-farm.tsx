import { CopyCommand } from './copy-command.js';

const SAMPLE_RACK = `agent: lab-1
boards:
  - serial: "0240000034544e45"
    model: k64f
    fixtures: [ethernet]
    tags: [lab]`;

/** Stands where boards would be, and says how to get some. */
export function EmptyFarm() {
  return (
    <section className="panel empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No boards yet</h2>
      <p>A farm is made of racks: the boards that one agent looks after. To add one:</p>
      <ol className="steps">
        <li>
          <b>Describe the rack</b> in a file of the inventory, such as{' '}
          <code>board-inventory/racks/lab-1.yaml</code>:<pre>{SAMPLE_RACK}</pre>
        </li>
        <li>
          <b>Make a token</b> for its agent, with the role <code>agent</code>:
          <CopyCommand command="greenrack token create" />
        </li>
        <li>
          <b>Start the agent</b> on the machine that the boards are plugged into:
          <CopyCommand command="greenrack agent" />
        </li>
      </ol>
      <p className="quiet">
        Nothing to plug in? <code>greenrack demo</code> starts a farm with four virtual boards.
        Boards show up here as soon as their agent connects.
      </p>
    </section>
  );
}
