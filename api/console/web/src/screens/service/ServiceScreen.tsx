import { useState } from "react";
import { getFacts, type Facts, type ServiceOption } from "../../api/service";
import { useLoad } from "../../app/useLoad";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Screen } from "../../parts/Screen";
import { duration } from "../../text/format";
import { Volumes } from "../overview/Volumes";

const COLUMNS: Columns<ServiceOption> = [
  { header: "Option", accessorKey: "name", cell: ({ getValue }) => <code>{getValue()}</code> },
  { header: "Value", accessorKey: "value", cell: ({ getValue }) => <code className="words">{getValue() || "empty"}</code> },
  { header: "Default", accessorFn: ({ isDefault }) => (isDefault ? "yes" : "not the default") },
  { header: "Meaning", accessorKey: "sentence", cell: ({ getValue }) => <span className="words">{getValue()}</span> },
];

/** What runs here, and with which options. */
export function ServiceScreen() {
  const facts = useLoad("facts", getFacts);
  return (
    <Screen title="Service">
      <Loading of={facts}>{(value) => <Everything of={value} />}</Loading>
    </Screen>
  );
}

function Everything({ of }: { of: Facts }) {
  const [sought, setSought] = useState("");
  const text = sought.toLowerCase();
  const options = of.options.filter(({ name, sentence }) => `${name} ${sentence}`.toLowerCase().includes(text));
  return (
    <>
      <dl className="facts">
        <dt>Version</dt><dd>{of.version}</dd>
        <dt>Running for</dt><dd>{duration(of.uptimeSeconds * 1000)}</dd>
        <dt>Address of this API</dt><dd className="words"><code>{of.apiUrl}</code>, <a href="/v1/documentation/">its documentation</a></dd>
        <dt>Address for events</dt><dd className="words"><code>{of.ingestUrl}</code></dd>
        <dt>Data folder</dt><dd className="words"><code>{of.dataDir}</code></dd>
        <dt>Administrator’s token</dt><dd className="words">in <code>{of.adminTokenPlace}</code></dd>
        <dt>Targets</dt><dd>{of.targets.map(named).join(", ")}</dd>
        <dt>Stagings</dt><dd>{of.stagings.map(named).join(", ")}</dd>
      </dl>
      <Volumes volumes={of.volumes} />
      <section aria-labelledby="options">
        <h2 id="options">Options in force</h2>
        <Field label="Filter options">
          {(wiring) => (
            <input {...wiring} type="search" value={sought} onChange={(event) => setSought(event.target.value)} />
          )}
        </Field>
        <DataTable caption="Options" columns={COLUMNS} rows={options} empty="No option fits." />
      </section>
    </>
  );
}

function named({ name, type, isInUse }: { name: string; type: string; isInUse?: boolean }): string {
  return `${name} (${type}${isInUse === false ? ", takes no new rows" : ""})`;
}
