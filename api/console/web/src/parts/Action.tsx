import { useState, type ReactNode } from "react";
import { useMayChange } from "../app/SessionContext";
import { Dialog } from "./Dialog";
import { Failure } from "./Failure";

export interface ActionProps {
  children: ReactNode;
  /** What the button does; what it throws is shown beside it. */
  run: () => Promise<unknown>;
  kind?: "main" | "danger" | "plain";
  /** Asked before; the answer is the button of the dialog. */
  ask?: { title: string; text: ReactNode; yes: string };
  disabled?: boolean;
  /** For what only reads, such as a test. */
  anybody?: boolean;
  describedBy?: string;
}

/** A button for something that takes a while and may fail. With a read-only token it is switched off. */
export function Action({ children, run, kind, ask, disabled, anybody, describedBy }: ActionProps) {
  const mayChange = useMayChange();
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const refused = !anybody && !mayChange;

  const start = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await run();
      setAsking(false);
    } catch (cause) {
      setFailure(cause);
    } finally {
      setBusy(false);
    }
  };

  return (
    <span className="action">
      <button
        type="button"
        className={kind}
        disabled={disabled || refused || (isBusy && !isAsking)}
        aria-busy={isBusy}
        aria-describedby={describedBy}
        title={refused ? "Your token may only read." : undefined}
        onClick={() => (ask ? setAsking(true) : void start())}
      >
        {children}{isBusy && " …"}
      </button>
      {!isAsking && <Failure of={failure} />}
      {ask && isAsking && (
        <Dialog title={ask.title} close={() => setAsking(false)}>
          <div className="words">{ask.text}</div>
          <Failure of={failure} />
          <div className="buttons">
            <button type="button" className={kind} disabled={isBusy} onClick={() => void start()}>
              {ask.yes}{isBusy && " …"}
            </button>
            <button type="button" onClick={() => setAsking(false)}>Cancel</button>
          </div>
        </Dialog>
      )}
    </span>
  );
}
