import { useId } from "react";
import { useMayChange } from "../app/SessionContext";
import type { Setting, SettingValue } from "../api/shapes";
import { CONDITIONS, stopsWith, type Condition } from "../text/conditions";

/** When rows are uploaded and imported, and what that means for how soon they are in the table. */
export function Sliders({ settings, typed, set }: {
  settings: Setting[];
  typed: Record<string, SettingValue>;
  set: (key: string, value: SettingValue | undefined) => void;
}) {
  const numberOf = (condition: Condition): number | undefined => {
    const setting = settings.find(({ key }) => key === condition.key);
    if (!setting) return undefined;
    const value = typed[condition.key] ?? (condition.key in typed ? setting.defaultValue : setting.value);
    return condition.number(value as string | number);
  };
  const known = CONDITIONS.filter((condition) => numberOf(condition) !== undefined);
  if (known.length === 0) return null;
  const of = (stage: Condition["stage"]) => known.filter((condition) => condition.stage === stage);
  const words = (stage: Condition["stage"]) =>
    of(stage).map((condition) => condition.words(numberOf(condition)!));
  const [importTime, importCount, importSize] = words("import");

  return (
    <section aria-labelledby="conditions">
      <h3 id="conditions">How soon rows are in the table</h3>
      <p>
        Rows are collected in a file. It is imported as soon as one of these holds: it is <strong>{importTime}</strong>{" "}
        old, has <strong>{importCount}</strong>, or <strong>{importSize}</strong>. So a row is in the table after
        about {importTime} at the latest. Short times are fresher; long times cost the table less.
      </p>
      <div className="sliders">
        {(["upload", "import"] as const).map((stage) => (
          <fieldset key={stage}>
            <legend>{stage === "upload" ? "From this disk to staging" : "From staging into the table"}</legend>
            {of(stage).map((condition) => (
              <Slider
                key={condition.key}
                of={condition}
                number={numberOf(condition)!}
                set={(number) => set(condition.key, condition.value(number))}
              />
            ))}
          </fieldset>
        ))}
      </div>
    </section>
  );
}

function Slider({ of, number, set }: { of: Condition; number: number; set: (number: number) => void }) {
  const id = useId();
  const isOff = !useMayChange();
  const stops = stopsWith(of.stops, number);
  return (
    <div className="slider">
      <label htmlFor={id}>{of.title}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={stops.length - 1}
        value={stops.indexOf(number)}
        disabled={isOff}
        aria-valuetext={of.words(number)}
        onChange={(event) => set(stops[Number(event.target.value)]!)}
      />
      <output htmlFor={id}>{of.words(number)}</output>
    </div>
  );
}
