import type { Trace } from "../api/client";
import { fill, useTexts } from "../texts";
import { bytes } from "./bytes";

/** A bar for every question to the catalog or to a live source, on the time of the whole answer. */
export function Waterfall({ trace }: { trace: Trace }) {
  const { t } = useTexts();
  const whole = Math.max(trace.durationMs, 1);
  return (
    <>
      <h3>{t.waterfall}</h3>
      <ol className="waterfall">
        {trace.steps.map((step, at) => {
          const notes = [
            fill(t.step, { start: step.startMs, duration: step.durationMs, rows: step.rows, bytes: bytes(step.bytes) }),
            step.attempts > 1 && fill(t.attempts, { count: step.attempts }),
            step.cache === "hit" && t.cacheHit,
            step.cache === "stale" && t.cacheStale,
            step.shared && t.sharedCall,
          ];
          return (
            <li key={at}>
              <code>
                {step.source ?? t.catalog} · {step.collection}
              </code>
              <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" className={step.status === "OK" ? "ok" : "bad"}>
                <rect className="ground" width="100" height="4" />
                <rect x={(100 * step.startMs) / whole} width={Math.max((100 * step.durationMs) / whole, 0.5)} height="4" fill="currentColor" />
              </svg>
              <small>{notes.filter(Boolean).join(" · ")}</small>
            </li>
          );
        })}
      </ol>
    </>
  );
}
