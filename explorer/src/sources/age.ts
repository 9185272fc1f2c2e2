import type { Texts } from "../texts";
import { fill } from "../texts";

/** How long ago a moment was, in words. */
export function age(moment: string, now: number, t: Texts): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(moment)) / 60_000));
  if (minutes < 1) return t.justNow;
  if (minutes < 60) return fill(t.minutesAgo, { count: minutes });
  if (minutes < 48 * 60) return fill(t.hoursAgo, { count: Math.floor(minutes / 60) });
  return fill(t.daysAgo, { count: Math.floor(minutes / 1440) });
}
