import { useState } from "react";
import type { Slice, StoredFile } from "../../api/shapes";
import { listSlices, type SinkPlace } from "../../api/sinks";
import { useLoad } from "../../app/useLoad";
import { Loading } from "../../parts/Loading";
import { SetAsideAction } from "../../parts/SetAsideAction";
import { ShortId } from "../../parts/ShortId";
import { bytes, plural } from "../../text/format";

const EVERY_MS = 3_000;

const STATES: Record<Slice["state"], string> = {
  writing: "takes rows",
  closing: "waits for its upload",
  uploading: "is being uploaded",
  uploaded: "uploaded",
  imported: "in the table",
  discarded: "discarded",
};

/** The slices of a file, one by one, once somebody wants to see them. */
export function SlicesPart({ of, place, changed }: { of: StoredFile; place: SinkPlace; changed: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Slices</summary>
      {isOpen && <SliceList of={of} place={place} changed={changed} />}
    </details>
  );
}

function SliceList({ of, place, changed }: { of: StoredFile; place: SinkPlace; changed: () => void }) {
  const slices = useLoad(`slices ${of.fileId}`, (signal) => listSlices(place, of.fileId, signal), EVERY_MS);
  const isUnderWay = of.state === "closing" || of.state === "importing";
  const after = () => {
    slices.reload();
    changed();
  };
  return (
    <Loading of={slices}>
      {(all) => (
        <ul className="plain-list">
          {all.map((slice) => (
            <li key={slice.sliceId} className={slice.isFailing ? "bad" : undefined}>
              {plural(slice.recordsCount, "row")}, {bytes(slice.uncompressedSize)}, {STATES[slice.state]},{" "}
              {slice.staging ? `in staging “${slice.staging}”` : `on the disk “${slice.volume}”`}{" "}
              <ShortId id={slice.sliceId} />
              {slice.isFailing && (
                <>
                  <p className="words"><strong>The file fails for this slice.</strong> {slice.retryReason}</p>
                  {isUnderWay && all.length > 1 && (
                    <SetAsideAction
                      place={{ ...place, fileId: of.fileId }}
                      slices={[slice.sliceId]}
                      title="Set this slice aside?"
                      text={<p>Its rows are kept, in a file of their own, and the other slices of the file go on. You can bring it back any time.</p>}
                      changed={after}
                    >
                      Set this slice aside
                    </SetAsideAction>
                  )}
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </Loading>
  );
}
