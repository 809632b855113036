import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

export interface Tab {
  id: string;
  title: ReactNode;
  content: () => ReactNode;
}

/** Tabs as screen readers know them: arrows move between them, Tab goes into the one that is open. */
export function Tabs({ label, tabs, open, onOpen }: {
  label: string;
  tabs: Tab[];
  /** With `onOpen` the address says which is open, the first without it; else the tabs remember it. */
  open?: string;
  onOpen?: (id: string) => void;
}) {
  const [own, setOwn] = useState(tabs[0]?.id);
  const prefix = useId();
  const list = useRef<HTMLDivElement>(null);
  const current = tabs.find((tab) => tab.id === (onOpen ? open : own)) ?? tabs[0];
  if (!current) return null;

  const show = (id: string) => {
    setOwn(id);
    onOpen?.(id);
  };
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (tabs.indexOf(current) + step + tabs.length) % tabs.length;
    show(tabs[next]!.id);
    list.current?.querySelectorAll<HTMLButtonElement>("[role=tab]")[next]?.focus();
  };

  return (
    <div className="tabs">
      <div role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${prefix}-${tab.id}`}
            aria-selected={tab === current}
            aria-controls={`${prefix}-panel`}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => show(tab.id)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${prefix}-panel`} aria-labelledby={`${prefix}-${current.id}`} className="panel">
        {onOpen && <h2 className="offscreen">{current.title}</h2>}
        {current.content()}
      </div>
    </div>
  );
}
