import { useState, type FormEvent } from "react";
import { ApiFailure, sentenceOf } from "../api/call";
import { signIn, type Session } from "../api/session";
import { Field } from "../parts/Field";
import { duration } from "../text/format";

/** Asks for a token. It is sent once and kept nowhere in the page. */
export function SignInForm({ done }: { done: (session: Session) => void }) {
  const [token, setToken] = useState("");
  const [wrong, setWrong] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setWrong(undefined);
    try {
      const session = await signIn(token.trim());
      setToken("");
      done(session);
    } catch (failure) {
      setWrong(reasonOf(failure));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} className="sign-in">
      <Field
        label="Token"
        hint={<>The administrator’s token is in the file <code>admin-token</code> of the data folder.</>}
        wrong={wrong && <span role="alert">{wrong}</span>}
      >
        {(wiring) => (
          <input
            {...wiring}
            type="password"
            autoComplete="current-password"
            autoFocus
            required
            value={token}
            onChange={(change) => setToken(change.target.value)}
          />
        )}
      </Field>
      <button type="submit" className="main" disabled={isBusy || token.trim() === ""}>
        Sign in{isBusy && " …"}
      </button>
    </form>
  );
}

function reasonOf(failure: unknown): string {
  const wait = failure instanceof ApiFailure ? failure.retryAfterSeconds : undefined;
  return sentenceOf(failure) + (wait === undefined ? "" : ` Try again in ${duration(wait * 1000)}.`);
}
