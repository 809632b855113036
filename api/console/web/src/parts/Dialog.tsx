import { useEffect, useId, useRef, type ReactNode } from "react";

/** A dialog over the page: the focus stays in it, and Escape closes it where `close` is given. */
export function Dialog({ title, close, children }: {
  title: string;
  close?: () => void;
  children: ReactNode;
}) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
    >
      <div className="dialog-head">
        <h2 id={heading}>{title}</h2>
        {close && (
          <button type="button" className="plain" aria-label="Close" onClick={close}>✕</button>
        )}
      </div>
      {children}
    </dialog>
  );
}
