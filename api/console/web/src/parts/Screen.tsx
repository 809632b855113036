import { useEffect, useRef, type ReactNode } from "react";

/** The frame of a screen: its title is that of the window, and where a screen reader begins. */
export function Screen({ title, above, beside, children }: {
  title: string;
  above?: ReactNode;
  beside?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <>
      {above && <nav aria-label="Where you are" className="above">{above}</nav>}
      <div className="title">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {beside}
      </div>
      {children}
    </>
  );
}
