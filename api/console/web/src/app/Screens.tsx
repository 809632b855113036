import { FindScreen } from "../screens/receipts/FindScreen";
import { KafkaScreen } from "../screens/kafka/KafkaScreen";
import { LoadsScreen } from "../screens/loads/LoadsScreen";
import { OverviewScreen } from "../screens/overview/OverviewScreen";
import { ServiceScreen } from "../screens/service/ServiceScreen";
import { SinkScreen } from "../screens/sink/SinkScreen";
import { SourceScreen } from "../screens/source/SourceScreen";
import { SourcesScreen } from "../screens/sources/SourcesScreen";
import { StartScreen } from "../screens/start/StartScreen";
import { TasksScreen } from "../screens/tasks/TasksScreen";
import { TokensScreen } from "../screens/tokens/TokensScreen";
import { to, type Address } from "./address";

/** From an address to its screen. */
export function Screens({ address }: { address: Address }) {
  const [first, second, third, fourth] = address.parts;
  const show = address.fields.get("show") ?? undefined;
  switch (first) {
    case undefined:
      return <OverviewScreen />;
    case "new":
      return <StartScreen sourceId={second} sinkId={third} />;
    case "sources":
      if (second === undefined) return <SourcesScreen />;
      if (third === "sinks" && fourth !== undefined) {
        return <SinkScreen sourceId={second} sinkId={fourth} show={show} />;
      }
      return <SourceScreen sourceId={second} show={show} />;
    case "find":
      return <FindScreen receipt={second} />;
    case "loads":
      return <LoadsScreen />;
    case "kafka":
      return <KafkaScreen />;
    case "tasks":
      return <TasksScreen />;
    case "tokens":
      return <TokensScreen />;
    case "service":
      return <ServiceScreen />;
    default:
      return (
        <>
          <h1>There is no such page</h1>
          <p><a href={to([])}>Go to the overview</a></p>
        </>
      );
  }
}
