import { actOnFile, type FilePlace } from "../api/sinks";
import type { FileRemedy } from "../api/service";
import { plural } from "../text/format";
import { Action } from "./Action";
import { Moment } from "./Moment";
import { SetAsideAction } from "./SetAsideAction";

/** What a dialog says of the file, so that nobody takes it for another. */
export interface NamedFile {
  fileId: string;
  tableId?: string;
  /** Absent where only those of the whole sink are known. */
  rows?: number;
  /** When its oldest row came. */
  since?: string;
}

/** The buttons for a file that does not come into its table. */
export function FileActions({ place, of, actions, changed }: {
  place: FilePlace;
  of: NamedFile;
  actions: FileRemedy[];
  changed: () => void;
}) {
  const after = (done: Promise<unknown>) => done.then(changed);
  const isLoad = "loadId" in place;
  if (actions.length === 0) return null;
  return (
    <div className="buttons">
      {actions.includes("retry") && (
        <Action kind="main" run={() => after(actOnFile(place, "retry"))}>Try again now</Action>
      )}
      {actions.includes("restore") && (
        <Action kind="main" run={() => after(actOnFile(place, "restore"))}>Bring it back</Action>
      )}
      {actions.includes("setAside") && (
        <SetAsideAction
          place={place}
          title={isLoad ? "Set this load aside?" : "Set this file aside?"}
          text={
            <>
              <Which of={of} />
              <p>Its rows are kept, and later rows no longer wait for it. You can bring it back any time.</p>
            </>
          }
          changed={changed}
        >
          Set aside
        </SetAsideAction>
      )}
      {actions.includes("discard") && (
        <Action
          kind="danger"
          run={() => after(actOnFile(place, "discard"))}
          ask={{
            title: "Delete these rows for good?",
            yes: "Delete the rows",
            text: (
              <>
                <Which of={of} />
                <p>The rows of this file are deleted from disk and staging. Nobody can bring them back.</p>
                {isLoad && <p>The load is given up with them, and its label may be used again.</p>}
              </>
            ),
          }}
        >
          Discard
        </Action>
      )}
    </div>
  );
}

function Which({ of }: { of: NamedFile }) {
  return (
    <p>
      {of.rows !== undefined && <><strong>{plural(of.rows, "row")}</strong> in the </>}
      {of.rows === undefined && "The "}file <code>{of.fileId}</code>
      {of.tableId && <> for <code>{of.tableId}</code></>}
      {of.since && <>; the oldest row came <Moment at={of.since} /></>}.
    </p>
  );
}
