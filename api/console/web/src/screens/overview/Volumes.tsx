import type { ServiceVolume } from "../../api/service";
import { Badge } from "../../parts/Badge";
import { bytes } from "../../text/format";

const WORDS: Record<ServiceVolume["standing"], { kind: "good" | "warn" | "bad"; text: string }> = {
  serving: { kind: "good", text: "in use" },
  leaving: { kind: "warn", text: "takes no more rows" },
  failed: { kind: "bad", text: "failed" },
  unread: { kind: "bad", text: "had failed before the start" },
  missing: { kind: "bad", text: "not configured" },
};

/** It takes rows, or is left on purpose. */
export function isWell({ standing, isFull }: ServiceVolume): boolean {
  return !isFull && (standing === "serving" || standing === "leaving");
}

/** The disks, and how full they are. */
export function Volumes({ volumes }: { volumes: ServiceVolume[] }) {
  return (
    <section aria-labelledby="volumes">
      <h2 id="volumes">Disks</h2>
      <ul className="plain-list cards">
        {volumes.map((volume) => (
          <li key={volume.name} className="card">
            <h3>
              {volume.name}{" "}
              {!(volume.isFull && volume.standing === "serving") && (
                <Badge kind={WORDS[volume.standing].kind}>{WORDS[volume.standing].text}</Badge>
              )}
              {volume.isFull && <Badge kind="bad">full: no events are taken</Badge>}
            </h3>
            <Room of={volume} />
            {volume.directory && <p className="quiet words"><code>{volume.directory}</code></p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Room({ of }: { of: ServiceVolume }) {
  if (of.freeBytes === undefined || of.totalBytes === undefined) return null;
  const free = `${bytes(of.freeBytes)} free of ${bytes(of.totalBytes)}`;
  return (
    <>
      <meter
        aria-label={`Disk of ${of.name}, used`}
        min={0}
        max={of.totalBytes}
        value={of.totalBytes - of.freeBytes}
        high={of.totalBytes * 0.9}
      >
        {free}
      </meter>
      <p className="quiet">
        {free}{of.reserveBytes !== undefined && <>; below {bytes(of.reserveBytes)} no events are taken</>}
      </p>
    </>
  );
}
