import { useState, type ReactNode } from "react";
import { setAside, type FilePlace } from "../api/sinks";
import { Action } from "./Action";
import { Field } from "./Field";

const REASON_MAX = 1000;

/** Takes a file, or some slices of it, out of the way, and says why. */
export function SetAsideAction({ place, slices, title, text, changed, children }: {
  place: FilePlace;
  /** These alone, not the whole file. */
  slices?: string[];
  title: string;
  text: ReactNode;
  changed: () => void;
  children: ReactNode;
}) {
  const [reason, setReason] = useState("");
  return (
    <Action
      run={() => setAside(place, reason.trim() || "Set aside in the console.", slices).then(changed)}
      ask={{
        title,
        yes: "Set aside",
        text: (
          <>
            {text}
            <Field label="Why (others will read it)">
              {(wiring) => (
                <input
                  {...wiring}
                  value={reason}
                  maxLength={REASON_MAX}
                  onChange={(event) => setReason(event.target.value)}
                />
              )}
            </Field>
          </>
        ),
      }}
    >
      {children}
    </Action>
  );
}
