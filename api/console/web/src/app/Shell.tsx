import type { Session } from "../api/session";
import { useAddress, to } from "./address";
import { Boundary } from "./Boundary";
import { Screens } from "./Screens";
import { ThemeChoice } from "./ThemeChoice";

const ENTRIES: { title: string; parts: string[] }[] = [
  { title: "Overview", parts: [] },
  { title: "Sources", parts: ["sources"] },
  { title: "New table", parts: ["new"] },
  { title: "Find an event", parts: ["find"] },
  { title: "Loads", parts: ["loads"] },
  { title: "Kafka", parts: ["kafka"] },
  { title: "Tasks", parts: ["tasks"] },
  { title: "Tokens", parts: ["tokens"] },
  { title: "Service", parts: ["service"] },
];

/** What is around every screen. */
export function Shell({ session, leave }: { session: Session; leave: () => Promise<void> }) {
  const address = useAddress();
  const current = address.parts[0] ?? "";
  return (
    <>
      <a className="skip" href="#content" onClick={skip}>Skip to the content</a>
      <header className="shell-head">
        <a className="brand" href={to([])}>Millrace</a>
        <nav aria-label="Screens">
          <ul>
            {ENTRIES.map(({ title, parts }) => (
              <li key={title}>
                <a href={to(parts)} aria-current={(parts[0] ?? "") === current ? "page" : undefined}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
        <div className="who">
          <ThemeChoice />
          <span className="who-name" title="The token that you signed in with">{session.description}</span>
          <button type="button" className="plain" onClick={() => void leave()}>Sign out</button>
        </div>
      </header>
      {session.role !== "admin" && (
        <p className="read-only" role="note">Your token may only read: you see everything here, and can change nothing.</p>
      )}
      <main id="content" tabIndex={-1}>
        <Boundary key={address.parts.join("/")}>
          <Screens address={address} />
        </Boundary>
      </main>
    </>
  );
}

/** The address belongs to the screens, so the link must not change it. */
function skip(event: { preventDefault: () => void }) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
