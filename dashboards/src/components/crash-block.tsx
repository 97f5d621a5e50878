import type { Crash } from '@greenrack/farm-protocol';
import { segmentsOf } from '../model/console-text.js';

/** Firmware wrote these lines: controls are shown, never obeyed. */
function escaped(line: string): string {
  return segmentsOf(line, '')
    .map((segment) => segment.text)
    .join('');
}

/** The crash report that the firmware printed, as evidence. */
export function CrashBlock({ crash }: { readonly crash: Crash }) {
  const facts = [
    ['Status', crash.status],
    ['Location', crash.location],
    ['Thread', crash.thread],
    ['Target', crash.targetName],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
  return (
    <section className="panel crash" aria-labelledby="crash-title">
      <header className="panel-head">
        <h2 id="crash-title">Crash report</h2>
      </header>
      <p className="crash-message">{crash.message}</p>
      {facts.length > 0 && (
        <dl className="facts inline-facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {crash.symbols && (
        <ul className="crash-symbols">
          {crash.symbols.map((line) => (
            <li key={line}>
              <code>{escaped(line)}</code>
            </li>
          ))}
        </ul>
      )}
      {crash.lines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long reports scroll, and the keyboard must get there.
        <section className="crash-lines" aria-label="As the board printed it" tabIndex={0}>
          <pre>{crash.lines.map(escaped).join('\n')}</pre>
        </section>
      )}
    </section>
  );
}
