import { useState } from "react";
import type { Place } from "../api/branch";
import type { Setting, SettingValue, Version } from "../api/shapes";
import { getSettings, updateSettings } from "../api/sources";
import { useDraft } from "../app/drafts";
import { useLoad } from "../app/useLoad";
import { Field } from "./Field";
import { Loading } from "./Loading";
import { SaveBar } from "./SaveBar";
import { SettingField } from "./SettingField";
import { Sliders } from "./Sliders";
import { CONDITIONS } from "../text/conditions";

/** The keys that were changed, with what they are to be; `null` inherits again. */
export type ChangedSettings = Record<string, SettingValue>;

const NONE: ChangedSettings = {};

/** All settings of a source or a sink: the conditions as sliders, the others as fields. */
export function SettingsPart({ place, version, newestVersion, changed }: {
  place: Place;
  version: Version;
  newestVersion: () => Promise<Version>;
  changed: () => void;
}) {
  const name = `${place.sourceId} ${place.sinkId ?? ""}`;
  const settings = useLoad(`settings ${name} ${version.number}`, (signal) => getSettings(place, signal));
  const draft = useDraft<ChangedSettings>(`settings ${name}`, NONE, version.number);
  const [sought, setSought] = useState("");

  const set = (key: string, value: SettingValue | undefined) => {
    const { [key]: _before, ...rest } = draft.value;
    draft.set(value === undefined ? rest : { ...rest, [key]: value });
  };
  const bar = (
    <SaveBar
      draft={draft}
      changed={changed}
      save={(value, ifMatch) => updateSettings(
        place, Object.entries(value).map(([key, each]) => ({ key, value: each })), ifMatch)}
      newest={async () => {
        const [newest, saved] = [await newestVersion(), await getSettings(place)];
        const touched = saved.filter(({ key }) => key in draft.value);
        return { version: newest, value: Object.fromEntries(touched.map(({ key, value }) => [key, value])) };
      }}
    />
  );

  return (
    <>
      {bar}
      <Loading of={settings}>
        {(all) => (
          <>
            <Sliders settings={all} typed={draft.value} set={set} />
            <section aria-labelledby="all-settings">
              <h3 id="all-settings">Other settings</h3>
              <Field label="Filter settings">
                {(wiring) => (
                  <input {...wiring} type="search" value={sought} onChange={(event) => setSought(event.target.value)} />
                )}
              </Field>
              {shown(all, sought).map((setting) => (
                <SettingField
                  key={setting.key}
                  of={setting}
                  typed={draft.value[setting.key]}
                  isTyped={setting.key in draft.value}
                  set={(value) => set(setting.key, value)}
                />
              ))}
            </section>
          </>
        )}
      </Loading>
    </>
  );
}

function shown(all: Setting[], sought: string): Setting[] {
  const sliders = new Set(CONDITIONS.map(({ key }) => key));
  const text = sought.toLowerCase();
  return all.filter(({ key, description }) =>
    !sliders.has(key) && `${key} ${description}`.toLowerCase().includes(text));
}
