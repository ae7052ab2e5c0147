import type { Alert, Level, Mode } from "./model.ts";

export type ModeFilter = "all" | Mode;

/** From the most urgent: the number that people see is the place in this list, from 1. */
export const LEVELS: readonly Level[] = ["red", "orange", "yellow", "blue"];

export const levelNumber = (level: Level): number => LEVELS.indexOf(level) + 1;
export const isActive = (alert: Alert): boolean =>
  alert.state !== "cleared" && alert.state !== "closed";
export const passes = (mode: Mode, filter: ModeFilter): boolean =>
  filter === "all" || mode === filter;

/** Cleared alerts wait for somebody to close them; a page keeps only so many of the newest. */
export const MOST_CLEARED = 100;

const STATE_ORDER: Record<Alert["state"], number> = {
  raised: 0,
  acknowledged: 1,
  assigned: 2,
  dispatched: 3,
  on_site: 4,
  resolved: 5,
  verified: 6,
  cleared: 7,
  closed: 8,
};

/** Sorts what still lasts before what is over, then by level, unacknowledged first, newest first. */
export function byUrgency(one: Alert, other: Alert): number {
  return (
    Number(isActive(other)) - Number(isActive(one)) ||
    levelNumber(one.level) - levelNumber(other.level) ||
    STATE_ORDER[one.state] - STATE_ORDER[other.state] ||
    Date.parse(other.raised_at) - Date.parse(one.raised_at)
  );
}

/** All alerts that are not closed; a newer version replaces an older one, never the reverse. */
export class AlertBook {
  private readonly alerts = new Map<string, Alert>();
  private readonly touched = new Set<string>();
  /** False until the list was read once: before that, "none" would be a guess. */
  known = false;

  get size(): number {
    return this.alerts.size;
  }

  /** Takes one alert from the live connection. */
  take(alert: Alert): void {
    const id = String(alert.id);
    this.touched.add(id);
    const held = this.alerts.get(id);
    if (held && held.version > alert.version) return;
    if (alert.state === "closed") this.alerts.delete(id);
    else this.alerts.set(id, alert);
    if (alert.state === "cleared") this.forgetOldCleared();
  }

  /** To be called before the list is asked for: live alerts from then on are newer than it. */
  expectList(): void {
    this.touched.clear();
  }

  /** Takes the whole list of open alerts: what is neither in it nor touched since is over. */
  takeList(list: readonly Alert[]): void {
    const listed = new Set(list.map((alert) => String(alert.id)));
    for (const id of this.alerts.keys())
      if (!listed.has(id) && !this.touched.has(id)) this.alerts.delete(id);
    for (const alert of list)
      if (!this.touched.has(String(alert.id))) this.alerts.set(String(alert.id), alert);
    this.known = true;
  }

  find(id: string): Alert | undefined {
    return this.alerts.get(id);
  }

  shown(filter: ModeFilter): Alert[] {
    return [...this.alerts.values()]
      .filter((alert) => passes(alert.mode, filter))
      .sort(byUrgency);
  }

  ofEntity(code: string, filter: ModeFilter): Alert[] {
    return this.shown(filter).filter((alert) => alert.entity === code || alert.device === code);
  }

  private forgetOldCleared(): void {
    const cleared = [...this.alerts.values()].filter(({ state }) => state === "cleared");
    cleared.sort((one, other) => Date.parse(other.raised_at) - Date.parse(one.raised_at));
    for (const { id } of cleared.slice(MOST_CLEARED)) this.alerts.delete(String(id));
  }
}

export function countByLevel(alerts: readonly Alert[]): Record<Level, number> {
  const counts = { red: 0, orange: 0, yellow: 0, blue: 0 };
  for (const alert of alerts) if (isActive(alert)) counts[alert.level] += 1;
  return counts;
}

/** Says which transitions the life cycle allows from here; the server has the last word. */
export function allowedTransitions(alert: Alert): ("acknowledged" | "closed")[] {
  if (alert.state === "raised") return ["acknowledged", "closed"];
  return alert.state === "closed" ? [] : ["closed"];
}
