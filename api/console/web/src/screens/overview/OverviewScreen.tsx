import { getOverview, type Overview } from "../../api/service";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Loading } from "../../parts/Loading";
import { Notice } from "../../parts/Notice";
import { Screen } from "../../parts/Screen";
import { duration } from "../../text/format";
import { StartScreen } from "../start/StartScreen";
import { FailingList } from "./FailingList";
import { Figures } from "./Figures";
import { LevelsPicture } from "./LevelsPicture";
import { RatesCharts } from "./RatesCharts";
import { isWell, Volumes } from "./Volumes";

const EVERY_MS = 5_000;

export function OverviewScreen() {
  const overview = useLoad("overview", getOverview, EVERY_MS);
  // Loads need no source, and what fails comes first.
  if (overview.value?.counts.sources === 0 && overview.value.failing.length === 0) return <StartScreen isFirst />;
  return (
    <Screen title="Overview" beside={<a className="button" href={to(["new"])}>New table</a>}>
      <Loading of={overview}>{(value) => <Whole of={value} reload={overview.reload} />}</Loading>
    </Screen>
  );
}

function Whole({ of, reload }: { of: Overview; reload: () => void }) {
  return (
    <>
      {of.uncounted && <Notice kind="bad"><span className="words">{of.uncounted}</span></Notice>}
      <FailingList
        failing={of.failing}
        count={of.failingCount}
        isDiskWell={of.volumes.every(isWell)}
        changed={reload}
      />
      <Figures rates={of.rates} counts={of.counts} templates={of.templates} />
      <RatesCharts />
      <section aria-labelledby="levels">
        <h2 id="levels">Where the rows are</h2>
        <LevelsPicture levels={of.levels} />
      </section>
      <Volumes volumes={of.volumes} />
      <p className="quiet">
        Millrace {of.service.version}, running for {duration(of.service.uptimeSeconds * 1000)}.{" "}
        <a href={to(["service"])}>Options and facts of the service</a>
      </p>
    </>
  );
}
