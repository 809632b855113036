import { useState } from "react";
import { sentenceOf } from "../../api/call";
import { testMapping, type TestedMapping } from "../../api/playground";
import type { RecentRequest } from "../../api/requests";
import type { Sink } from "../../api/shapes";
import { listSinks } from "../../api/sinks";
import { Action } from "../../parts/Action";
import { TestedRow } from "../../parts/TestedRow";
import { sent } from "../../text/columns";

interface Outcome {
  sink: Sink;
  row?: TestedMapping;
  failure?: string;
}

/** The row that each sink makes of this request with its present mapping. */
export function RequestRows({ sourceId, request }: { sourceId: string; request: RecentRequest }) {
  const [outcomes, setOutcomes] = useState<Outcome[]>();
  const show = async () => {
    const sinks = await listSinks(sourceId);
    setOutcomes(await Promise.all(sinks.map((sink) => outcomeOf(sink, request))));
  };
  return (
    <>
      <Action anybody kind="plain" run={show}>Show the rows it makes</Action>
      {outcomes?.length === 0 && <p>There is no sink yet, so it makes no row.</p>}
      {outcomes?.map(({ sink, row, failure }) => (
        <section key={sink.sinkId}>
          <h3>{sink.name}, into <code>{sink.table.tableId}</code></h3>
          {failure && <p className="wrong">{failure}</p>}
          {row && <TestedRow row={row} columns={sink.table.mapping.columns} />}
        </section>
      ))}
    </>
  );
}

async function outcomeOf(sink: Sink, request: RecentRequest): Promise<Outcome> {
  const { body, contentType, query, clientIp } = request;
  const headers = request.headers.filter(({ isMasked }) => !isMasked).map(({ name, value }) => ({ name, value }));
  try {
    const columns = sink.table.mapping.columns.map(sent);
    return { sink, row: await testMapping(sink.sourceId, columns, { body, contentType, query, clientIp, headers }) };
  } catch (failure) {
    return { sink, failure: sentenceOf(failure) };
  }
}
