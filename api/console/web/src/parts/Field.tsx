import { useId, type ReactNode } from "react";

interface Wiring {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

/** A label, what belongs under it, and a hint or what is wrong with it. */
export function Field({ label, hint, wrong, children }: {
  label: string;
  hint?: ReactNode;
  wrong?: ReactNode;
  children: (wiring: Wiring) => ReactNode;
}) {
  const id = useId();
  const notes = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": notes || undefined, "aria-invalid": wrong ? true : undefined })}
      {hint && <p className="hint" id={`${id}-hint`}>{hint}</p>}
      {wrong && <p className="wrong" id={`${id}-wrong`}>{wrong}</p>}
    </div>
  );
}
