import { fill, useTexts } from "../texts";
import { bytes } from "./bytes";
import { useLatest } from "./latest";
import { Outcomes } from "./Outcomes";
import { type Estimate, useEstimate } from "./useEstimate";

/** Under the answer: who answered; what the query would cost, and what the last one came to. */
export function Strip() {
  const { t } = useTexts();
  const latest = useLatest();
  const estimate = useEstimate();
  const actual = latest?.answer.extensions?.cost?.actual;
  return (
    <div className="strip">
      {latest ? <Outcomes answer={latest.answer} /> : <p className="soft">{t.runHint}</p>}
      <div className="figures">
        <Before estimate={estimate} />
        {latest && (
          <p className="actual" title={actual && fill(t.costParts, { rows: actual.rows, calls: actual.calls })}>
            {actual && <>{fill(t.costAfter, { cost: actual.cost })} · </>}
            {fill(t.took, { ms: latest.milliseconds })} · {fill(t.size, { bytes: bytes(latest.bytes) })}
          </p>
        )}
      </div>
    </div>
  );
}

function Before({ estimate }: { estimate: Estimate }) {
  const { t } = useTexts();
  if (!estimate) return null;
  if ("refused" in estimate) return <p className="bad">{estimate.refused}</p>;
  const { cost, rows, calls } = estimate.estimated;
  return (
    <p className={cost > estimate.limit / 2 ? "warn" : undefined} title={fill(t.costParts, { rows, calls })}>
      {fill(t.costBefore, { cost, limit: estimate.limit })}
    </p>
  );
}
