import { useState } from "react";
import { updateSource } from "../../api/sources";
import type { Source } from "../../api/shapes";
import { Action } from "../../parts/Action";
import { Field } from "../../parts/Field";
import { PRESETS, presetOf } from "../../text/presets";

/** Who signs the events, and with which secrets. Secrets are sent once and never shown again. */
export function SignatureForm({ source, changed, preset: given }: {
  source: Source;
  changed: () => void;
  /** Of a sender that is known already. */
  preset?: string;
}) {
  const saved = source.http?.verification === "signature" ? source.http.preset ?? "json" : "json";
  const [preset, setPreset] = useState(given ?? saved);
  const [secrets, setSecrets] = useState("");
  const count = source.http?.signature?.secretsCount ?? 0;
  const list = secrets.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const isOff = preset === "json";
  const isOther = preset === "generic-hmac";

  const save = async () => {
    await updateSource(source.sourceId, {
      http: isOff ? { preset: "none" } : { preset, ...(list.length > 0 && { signature: { secrets: list } }) },
    });
    setSecrets("");
    changed();
  };

  return (
    <section aria-labelledby="signature">
      <h2 id="signature">Signature</h2>
      <p>
        {source.http?.verification === "signature"
          ? `Only events signed as ${presetOf(saved).title} does are taken; ${count} ${count === 1 ? "secret is" : "secrets are"} known.`
          : "Nobody’s signature is checked: whoever knows the URL can send."}
      </p>
      {!given && (
        <Field label="Sender">
          {(wiring) => (
            <select {...wiring} value={preset} onChange={(event) => setPreset(event.target.value)}>
              <option value="json">anybody who knows the URL</option>
              {PRESETS.filter(({ secret }) => secret).map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
              {saved === "generic-hmac" && <option value="generic-hmac">another sender, set up through the API</option>}
            </select>
          )}
        </Field>
      )}
      {!isOff && (
        <Field
          label={isOther ? "Secrets, one a line" : `${presetOf(preset).secret?.label ?? "Secret"}, one a line`}
          hint={`${presetOf(preset).secret?.hint ?? ""} With two, one of them is enough: so they can be changed without a gap. They replace those that are known.`}
        >
          {(wiring) => (
            <textarea
              {...wiring}
              rows={2}
              autoComplete="off"
              spellCheck={false}
              className="secret"
              value={secrets}
              onChange={(event) => setSecrets(event.target.value)}
            />
          )}
        </Field>
      )}
      <Action disabled={preset === saved && list.length === 0} run={save}>Save the signature</Action>
    </section>
  );
}
