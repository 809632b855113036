// The row that the event becomes with the columns as they are typed: asked for a moment after the last key.

import { useEffect, useState } from "react";
import { Unreachable } from "../../api/call";
import { testMapping, type SampleEvent, type TestedMapping } from "../../api/playground";
import type { Column } from "../../api/shapes";
import { sent } from "../../text/columns";

const QUIET_MS = 250;

export interface Test {
  tested?: TestedMapping;
  /** The request itself is wrong, such as two columns of one name. */
  failure?: Error;
}

/** A request may be all in its parameters. */
function isEmpty({ body, query }: SampleEvent): boolean {
  return !body?.trim() && !query;
}

export function useTest(sourceId: string, columns: Column[], event: SampleEvent | undefined): Test {
  const [test, setTest] = useState<Test>({});
  const asked = JSON.stringify([columns, event]);

  useEffect(() => {
    if (!event || isEmpty(event) || columns.length === 0) {
      setTest({});
      return;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(async () => {
      try {
        setTest({ tested: await testMapping(sourceId, columns.map(sent), event, stop.signal) });
      } catch (cause) {
        if (stop.signal.aborted || cause instanceof Unreachable) return;
        setTest({ failure: cause as Error });
      }
    }, QUIET_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [sourceId, asked]); // `asked` is columns and event by their content

  return test;
}
