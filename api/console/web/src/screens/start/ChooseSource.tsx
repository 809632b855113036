import { useState } from "react";
import type { NewSource } from "../../api/sources";
import { createSource, listSources } from "../../api/sources";
import { go, to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Field } from "../../parts/Field";
import { givenId, IdField } from "../../parts/IdField";
import { NAME_MAX } from "../../parts/NameFields";
import { PRESETS, presetOf, type Preset } from "../../text/presets";
import { newSecret, rememberSecret } from "./chosenSecret";

const OTLP = "otlp";

/** Step 1: who sends events, and a name for where they come in. */
export function ChooseSource({ isFirst }: { isFirst?: boolean }) {
  const [chosen, setChosen] = useState("json");
  const preset = presetOf(chosen);
  const usualName = chosen === OTLP ? "Telemetry" : preset.name;
  const [typedName, setTypedName] = useState<string>();
  const [secret, setSecret] = useState("");
  const name = typedName ?? usualName;
  const [id, setId] = useState("");

  const choose = (id: string) => {
    setChosen(id);
    setSecret(presetOf(id).secret?.isChosen ? newSecret() : "");
  };
  const create = async () => {
    const task = await createSource({
      sourceId: givenId(name, id), ...asked(chosen, name.trim(), secret.trim()),
    });
    const sourceId = task.outputs?.sourceId ?? "";
    if (secret.trim() && preset.secret?.isChosen) rememberSecret(sourceId, secret.trim());
    go(["new", sourceId]);
  };

  return (
    <>
      {isFirst && (
        <p>
          A <strong>source</strong> is a URL that takes events. A <strong>sink</strong> makes a row of each event, in a
          table. Three steps, a minute or two.
        </p>
      )}
      <fieldset className="choices">
        <legend>Who sends the events?</legend>
        {PRESETS.map((one) => <Choice key={one.id} of={one} chosen={chosen} choose={choose} />)}
        <Choice
          of={{ id: OTLP, title: "OpenTelemetry", what: "Logs, metrics and traces of any SDK or collector." }}
          chosen={chosen}
          choose={choose}
        />
      </fieldset>
      <p className="hint">A Kafka topic can be read as well: <a href={to(["kafka"])}>set it up here</a>.</p>
      <Field label="Name of the source" hint="As you like; it can be changed.">
        {(wiring) => (
          <input {...wiring} maxLength={NAME_MAX} value={name} onChange={(event) => setTypedName(event.target.value)} />
        )}
      </Field>
      <IdField name={name} value={id} set={setId} />
      {chosen !== OTLP && preset.secret && (
        <Field label={preset.secret.label} hint={preset.secret.hint}>
          {(wiring) => (
            <input
              {...wiring}
              autoComplete="off"
              spellCheck={false}
              value={secret}
              onChange={(event) => setSecret(event.target.value)}
            />
          )}
        </Field>
      )}
      <Action kind="main" disabled={name.trim() === ""} run={create}>Create the source</Action>
      {!isFirst && <ExistingSources />}
    </>
  );
}

function asked(chosen: string, name: string, secret: string): NewSource {
  if (chosen === OTLP) return { type: "otlp", name };
  if (chosen === "json" || secret === "") return { type: "http", name };
  return { type: "http", name, http: { preset: chosen, signature: { secrets: [secret] } } };
}

function Choice({ of, chosen, choose }: {
  of: Pick<Preset, "id" | "title" | "what">;
  chosen: string;
  choose: (id: string) => void;
}) {
  return (
    <label className="choice">
      <input type="radio" name="sender" value={of.id} checked={chosen === of.id} onChange={() => choose(of.id)} />
      <span>
        <strong>{of.title}</strong>
        <small className="quiet">{of.what}</small>
      </span>
    </label>
  );
}

/** A source may have several tables. */
function ExistingSources() {
  const page = useLoad("sources ", (signal) => listSources("", signal));
  const sources = page.value?.sources ?? [];
  if (sources.length === 0) return null;
  return (
    <section aria-labelledby="existing">
      <h2 id="existing">Or another table for a source that is there</h2>
      <ul className="inline-list">
        {sources.map(({ sourceId, name }) => (
          <li key={sourceId} className="words"><a href={to(["new", sourceId])}>{name}</a></li>
        ))}
      </ul>
    </section>
  );
}
