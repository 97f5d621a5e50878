import { type FormEvent, useId, useState } from 'react';

interface Props {
  /** Why one is here, when a token was turned away. */
  readonly note: string;
  /** Resolves with a message when the token is not taken. */
  readonly onToken: (token: string) => Promise<string | undefined>;
  /** Present when guests may look around. */
  readonly onGuest: (() => void) | undefined;
}

/** Asks for a token. */
export function SignInPage({ note, onToken, onGuest }: Props) {
  const [token, setToken] = useState('');
  const [message, setMessage] = useState(note);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setMessage((await onToken(token.trim())) ?? '');
    setBusy(false);
  };
  return (
    <main className="sign-in">
      <form className="panel" onSubmit={(event) => void submit(event)}>
        <h1>Sign in to Greenrack</h1>
        <p className="quiet">
          This farm shows itself to people with a token. Make one on the controller’s machine with{' '}
          <code>greenrack token create</code>, or ask whoever runs the farm.
        </p>
        <label htmlFor={id}>Token</label>
        <input
          id={id}
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          value={token}
          required
          aria-describedby={`${id}-message`}
          onChange={(event) => setToken(event.target.value)}
        />
        <p id={`${id}-message`} className="bad sign-in-message" role="alert">
          {message}
        </p>
        <span className="buttons">
          <button type="submit" className="button primary" disabled={busy || token.trim() === ''}>
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
          {onGuest && (
            <button type="button" className="button" onClick={onGuest}>
              Look around as a guest
            </button>
          )}
        </span>
      </form>
    </main>
  );
}
