import type { FileRemedy } from "../../api/service";
import type { LevelName, StoredFile } from "../../api/shapes";
import type { SinkPlace } from "../../api/sinks";
import { FileActions } from "../../parts/FileActions";
import { Moment } from "../../parts/Moment";
import { Notice } from "../../parts/Notice";
import { age, bytes, plural } from "../../text/format";
import { SlicesPart } from "./SlicesPart";

const STATES: Record<StoredFile["state"], string> = {
  writing: "takes rows",
  closing: "waits for its upload or import",
  importing: "is being imported",
  imported: "imported",
  setAside: "set aside",
  discarded: "discarded",
};

const LEVELS: { name: LevelName; title: string }[] = [
  { name: "local", title: "on this disk" },
  { name: "staging", title: "in staging" },
  { name: "target", title: "in the table" },
];

/** A file: how old and large it is, where its rows are, and what can be done when it fails. */
export function FileCard({ of, place, changed }: { of: StoredFile; place: SinkPlace; changed: () => void }) {
  const { total } = of.statistics;
  const isFailing = of.retryReason !== undefined && of.state !== "imported";
  return (
    <article className={isFailing ? "file file-bad" : "file"} aria-label={`File ${of.fileId}`}>
      <p>
        <strong>{plural(total.recordsCount, "row")}</strong>, {bytes(total.uncompressedSize)},{" "}
        <span title={of.openedAt}>{age(of.openedAt)} old</span>
      </p>
      <Where of={of} />
      <p className="quiet">
        {STATES[of.state]}{of.importedAt && <> <Moment at={of.importedAt} ago /></>}{" "}
        <code title={of.fileId}>{of.fileId.slice(0, 8)}</code>
      </p>
      {isFailing && (
        <Notice kind="bad">
          <span className="words">{of.retryReason}</span>{" "}
          Tried {plural(of.retryAttempt ?? 1, "time")}{of.retryAfter && of.state !== "setAside" && <>, again at <Moment at={of.retryAfter} /></>}.
        </Notice>
      )}
      {of.refusedRows !== undefined && <p>{plural(of.refusedRows, "row")} refused by the table: see Rejects.</p>}
      {of.setAsideReason && <p className="words">Set aside <Moment at={of.setAsideAt} ago />: {of.setAsideReason}</p>}
      {of.state !== "imported" && of.state !== "discarded" && <SlicesPart of={of} place={place} changed={changed} />}
      <FileActions place={place} fileId={of.fileId} actions={actionsOf(of)} changed={changed} />
    </article>
  );
}

function actionsOf(file: StoredFile): FileRemedy[] {
  if (file.state === "setAside") return ["restore", "discard"];
  const isFailing = file.retryReason !== undefined;
  return isFailing && (file.state === "closing" || file.state === "importing") ? ["retry", "setAside"] : [];
}

/** The share of its rows at each level, as a bar and in words. */
function Where({ of }: { of: StoredFile }) {
  const levels = LEVELS.flatMap(({ name, title }) => {
    const rows = of.statistics.levels[name]?.recordsCount ?? 0;
    return rows > 0 ? [{ name, title, rows }] : [];
  });
  if (levels.length === 0) return null;
  return (
    <>
      <div className="share" aria-hidden="true">
        {levels.map(({ name, rows }) => <span key={name} className={`share-${name}`} style={{ flexGrow: rows }} />)}
      </div>
      <p className="quiet">{levels.map(({ title, rows }) => `${plural(rows, "row")} ${title}`).join(", ")}</p>
    </>
  );
}
