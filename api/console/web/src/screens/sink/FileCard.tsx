import type { LevelName, StoredFile } from "../../api/shapes";
import type { SinkPlace } from "../../api/sinks";
import { FileActions } from "../../parts/FileActions";
import { Moment } from "../../parts/Moment";
import { Notice } from "../../parts/Notice";
import { ShortId } from "../../parts/ShortId";
import { age, bytes, plural } from "../../text/format";
import { isFailing, remediesOf } from "../../text/remedies";
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
export function FileCard({ of, place, tableId, isBehind, changed }: {
  of: StoredFile;
  place: SinkPlace;
  tableId: string;
  /** An earlier file fails, and this one is imported after it. */
  isBehind: boolean;
  changed: () => void;
}) {
  const { total } = of.statistics;
  const hasFailed = of.retryReason !== undefined && of.state !== "imported";
  return (
    <article className={hasFailed ? "file file-bad" : "file"} aria-label={`File ${of.fileId}`}>
      <p>
        <strong>{plural(total.recordsCount, "row")}</strong>, {bytes(total.uncompressedSize)},{" "}
        <span title={of.openedAt}>{age(of.openedAt)} old</span>
      </p>
      <Where of={of} />
      <p className="quiet">
        {standing(of, isBehind)}{of.importedAt && <> <Moment at={of.importedAt} ago /></>}{" "}
        <ShortId id={of.fileId} />
      </p>
      {hasFailed && (
        <Notice kind="bad">
          <p className="words">{of.retryReason}</p>
          <p>
            Tried {plural(of.retryAttempt ?? 1, "time")}{of.retryAfter && of.state !== "setAside" && <>, again at <Moment at={of.retryAfter} /></>}.
          </p>
        </Notice>
      )}
      {of.refusedRows !== undefined && <p>{plural(of.refusedRows, "row")} refused by the table: see Rejects.</p>}
      {of.setAsideReason && <p className="words">Set aside <Moment at={of.setAsideAt} ago />: {of.setAsideReason}</p>}
      {of.state !== "imported" && of.state !== "discarded" && <SlicesPart of={of} place={place} changed={changed} />}
      <FileActions
        place={{ ...place, fileId: of.fileId }}
        of={{ fileId: of.fileId, tableId, rows: total.recordsCount, since: total.firstRecordAt ?? of.openedAt }}
        actions={remediesOf(of)}
        changed={changed}
      />
    </article>
  );
}

function standing(of: StoredFile, isBehind: boolean): string {
  if (isFailing(of)) return "waits for its next try";
  if (of.state === "importing" && isBehind) return "waits for an earlier file";
  return STATES[of.state];
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
