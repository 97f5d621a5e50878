import type { Flake } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { quarantineCase } from '../api/flake-api.js';
import { plural } from '../model/format.js';
import { AskForm } from './ask-form.js';
import { useSession } from './wiring-context.js';

const DAYS = [7, 14, 30, 90] as const;

interface Props {
  readonly flake: Flake & { readonly caseName: string };
  readonly onDone: () => void;
}

/** Asks why and for how long: whoever answers owns the case until then. */
export function QuarantineForm({ flake: { caseName, target }, onDone }: Props) {
  const { api } = useSession();
  const [days, setDays] = useState<number>(14);
  return (
    <AskForm
      label="Why?"
      act="Quarantine"
      maxLength={300}
      onSend={(reason) => quarantineCase(api, { case: caseName, target, reason, days })}
      onDone={onDone}
    >
      <label className="select">
        for{' '}
        <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {DAYS.map((count) => (
            <option key={count} value={count}>
              {plural(count, 'day')}
            </option>
          ))}
        </select>
      </label>
    </AskForm>
  );
}
