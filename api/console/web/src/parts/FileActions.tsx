import { useState } from "react";
import { actOnFile, setAside, type SinkPlace } from "../api/sinks";
import type { FileRemedy } from "../api/service";
import { Action } from "./Action";
import { Field } from "./Field";

const REASON_MAX = 1000;

/** The buttons for a file that does not come into its table. */
export function FileActions({ place, fileId, actions, changed }: {
  place: SinkPlace;
  fileId: string;
  actions: FileRemedy[];
  changed: () => void;
}) {
  const [reason, setReason] = useState("");
  const after = (done: Promise<unknown>) => done.then(changed);
  return (
    <div className="buttons">
      {actions.includes("retry") && (
        <Action kind="main" run={() => after(actOnFile(place, fileId, "retry"))}>Try again now</Action>
      )}
      {actions.includes("restore") && (
        <Action kind="main" run={() => after(actOnFile(place, fileId, "restore"))}>Bring it back</Action>
      )}
      {actions.includes("setAside") && (
        <Action
          run={() => after(setAside(place, fileId, reason.trim() || "Set aside in the console."))}
          ask={{
            title: "Set this file aside?",
            yes: "Set aside",
            text: (
              <>
                <p>Its rows are kept, and later rows no longer wait for it. You can bring it back any time.</p>
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
          Set aside
        </Action>
      )}
      {actions.includes("discard") && (
        <Action
          kind="danger"
          run={() => after(actOnFile(place, fileId, "discard"))}
          ask={{
            title: "Delete these rows for good?",
            yes: "Delete the rows",
            text: <p>The rows of this file are deleted from disk and staging. Nobody can bring them back.</p>,
          }}
        >
          Discard
        </Action>
      )}
    </div>
  );
}
