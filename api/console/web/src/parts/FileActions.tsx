import { actOnFile, type SinkPlace } from "../api/sinks";
import type { FileRemedy } from "../api/service";
import { Action } from "./Action";
import { SetAsideAction } from "./SetAsideAction";

/** The buttons for a file that does not come into its table. */
export function FileActions({ place, fileId, actions, changed }: {
  place: SinkPlace;
  fileId: string;
  actions: FileRemedy[];
  changed: () => void;
}) {
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
        <SetAsideAction
          place={place}
          fileId={fileId}
          title="Set this file aside?"
          text="Its rows are kept, and later rows no longer wait for it. You can bring it back any time."
          changed={changed}
        >
          Set aside
        </SetAsideAction>
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
