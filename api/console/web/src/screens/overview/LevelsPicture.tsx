import type { Overview, Waiting } from "../../api/service";
import { age, bytes, count } from "../../text/format";

const STAGES: { name: "local" | "staging" | "target"; title: string; what: string }[] = [
  { name: "local", title: "On this disk", what: "Accepted and safe; not uploaded yet" },
  { name: "staging", title: "In staging", what: "Uploaded; waits for its import" },
  { name: "target", title: "In the tables", what: "Done" },
];

/** The way of a row, from the left to the right, and what is beside the way. */
export function LevelsPicture({ levels }: { levels: Overview["levels"] }) {
  return (
    <>
      <ol className="stages">
        {STAGES.map(({ name, title, what }) => (
          <li key={name} className={`stage stage-${name}`}>
            <h3>{title}</h3>
            <p className="value">{count(levels[name].rows)} <small>{levels[name].rows === 1 ? "row" : "rows"}</small></p>
            <p className="quiet">{bytes(levels[name].bytes)}{oldest(levels[name])}</p>
            <p className="quiet">{what}</p>
          </li>
        ))}
      </ol>
      <ul className="asides">
        <li>
          <strong>{count(levels.setAside.rows)}</strong> {levels.setAside.rows === 1 ? "row is" : "rows are"} set aside
          {levels.setAside.rows > 0 && <>: their files could not be imported, and somebody took them out of the way</>}
        </li>
        <li>
          <strong>{count(levels.rejects.rows)}</strong> {levels.rejects.rows === 1 ? "reject is" : "rejects are"} kept
          {levels.rejects.rows > 0 && <>: events that a mapping did not fit; mend it and retry them</>}
        </li>
      </ul>
    </>
  );
}

function oldest(waiting: Waiting): string {
  return waiting.oldestAt && waiting.rows > 0 ? `, the oldest ${age(waiting.oldestAt)}` : "";
}
