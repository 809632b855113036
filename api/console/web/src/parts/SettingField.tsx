import { useMayChange } from "../app/SessionContext";
import type { Setting, SettingValue } from "../api/shapes";
import { Field } from "./Field";

const ORIGINS: Record<Setting["origin"], string> = {
  default: "the default",
  node: "from the configuration of this node",
  source: "set on the source",
  sink: "set on this sink",
};

/** One setting, with what it means, where its value comes from, and the way back to what is inherited. */
export function SettingField({ of, typed, isTyped, set }: {
  of: Setting;
  typed: SettingValue | undefined;
  isTyped: boolean;
  /** `undefined` drops what was typed. */
  set: (value: SettingValue | undefined) => void;
}) {
  const isOff = !useMayChange() || of.protected;
  const value = isTyped ? typed ?? of.defaultValue : of.value;
  return (
    <div className="setting">
      <Field
        label={of.key}
        hint={
          <>
            {of.description} Now <code>{String(of.value) || "empty"}</code>, {ORIGINS[of.origin]}.
            {of.protected && " It cannot be changed here."}
          </>
        }
      >
        {(wiring) =>
          of.type === "bool" ? (
            <input
              {...wiring}
              type="checkbox"
              disabled={isOff}
              checked={value === true}
              onChange={(event) => set(event.target.checked)}
            />
          ) : (
            <input
              {...wiring}
              disabled={isOff}
              inputMode={of.type === "int" ? "numeric" : undefined}
              value={String(value)}
              onChange={(event) => set(valueOf(of, event.target.value))}
            />
          )
        }
      </Field>
      {of.overwritten && !of.protected && !isOff && (
        <button type="button" className="plain" onClick={() => set(isTyped && typed === null ? undefined : null)}>
          {isTyped && typed === null ? "Keep it" : "Inherit again"}
        </button>
      )}
    </div>
  );
}

/** Numbers are sent as such; anything else is for the service to refuse, with its sentence. */
function valueOf(setting: Setting, text: string): SettingValue {
  return setting.type === "int" && /^\d+$/.test(text) ? Number(text) : text;
}
