import { levelNumber } from "./alerts.ts";
import { amountIn } from "./amounts.ts";
import { element, setAttribute, setText } from "./element.ts";
import type { Words } from "./i18n.ts";
import type { Alert } from "./model.ts";
import { modeBadge } from "./mode_badge.ts";
import type { Names } from "./names.ts";
import { symbol } from "./shapes.ts";
import { DISTRICT_ZONE, shortTime } from "./times.ts";

interface Row {
  root: HTMLLIElement;
  button: HTMLButtonElement;
  shownAs: string;
}

const NEAR_TOP_PX = 120;

/** The list of alerts; rows are kept by alert, so focus and scrolling survive an update. */
export class AlertList {
  readonly root = element("ol", { class: "alerts", "data-testid": "alert-list" });
  private readonly rows = new Map<string, Row>();

  constructor(
    private readonly words: Words,
    private readonly names: Names,
    private readonly choose: (alert: string) => void,
  ) {}

  show(alerts: readonly Alert[], chosen: string | null, nowMs: number): void {
    const atTop = this.root.scrollTop < NEAR_TOP_PX;
    const wanted = new Set(alerts.map((alert) => String(alert.id)));
    for (const [id, row] of this.rows)
      if (!wanted.has(id)) {
        row.root.remove();
        this.rows.delete(id);
      }
    alerts.forEach((alert, place) => {
      const row = this.rowOf(alert, nowMs);
      setAttribute(row.button, "aria-current", String(String(alert.id) === chosen));
      if (this.root.children[place] !== row.root)
        this.root.insertBefore(row.root, this.root.children[place] ?? null);
    });
    // Browsers hold a list still when rows come in above, which would hide the most urgent ones.
    if (atTop && this.root.scrollTop > 0) this.root.scrollTop = 0;
  }

  private rowOf(alert: Alert, nowMs: number): Row {
    const id = String(alert.id);
    const row = this.rows.get(id) ?? this.newRow(id);
    const time = shortTime(Date.parse(alert.raised_at), nowMs);
    const shownAs = [this.words.language, alert.version, alert.state, alert.level, time].join();
    if (row.shownAs !== shownAs) {
      row.shownAs = shownAs;
      describe(row.root, alert);
      row.button.replaceChildren(...this.content(alert, time));
    }
    return row;
  }

  private newRow(id: string): Row {
    const button = element("button", { type: "button", class: "alert" });
    button.addEventListener("click", () => {
      this.choose(id);
    });
    const row = { root: element("li", {}, button), button, shownAs: "" };
    this.rows.set(id, row);
    return row;
  }

  private content(alert: Alert, time: string): Node[] {
    const mark = this.names.level(alert.level);
    const level = `${mark.number} ${this.words.pick(mark.name)}`;
    const what = element("span", { class: "what" }, whatOf(alert, this.words, this.names));
    const state = element("span", { class: `state ${alert.state}` });
    setText(state, this.words.say(`state.${alert.state}`));
    const badges = modeBadge(alert.mode, this.words);
    return [
      symbol(mark, alert.state),
      line("first", tag("level", level), tag("domain", this.names.domain(alert.domain)), ...badges),
      element("time", { datetime: alert.raised_at, title: DISTRICT_ZONE }, `${time} ${DISTRICT_ZONE}`),
      element("strong", { class: "place" }, alert.entity_name),
      line("last", what, state),
    ];
  }
}

/** Says what is wrong, measured against which limit; a video event has neither value nor limit. */
export function whatOf(alert: Alert, words: Words, names: Names): string {
  const title = words.pick({ zh: alert.title_zh, en: alert.title_en });
  if (alert.value === null) return title;
  const quantity = alert.quantity === null ? "" : names.quantity(alert.quantity);
  const value = `${title} · ${quantity} ${amountIn(alert.value, alert.unit)}`;
  if (alert.limit === null) return value;
  return `${value} · ${words.say("alerts.limit", { limit: amountIn(alert.limit, alert.unit) })}`;
}

function describe(root: HTMLElement, alert: Alert): void {
  const data = {
    testid: "alert-row",
    alertId: String(alert.id),
    level: alert.level,
    number: String(levelNumber(alert.level)),
    domain: alert.domain,
    entity: alert.entity,
    device: alert.device ?? "",
    state: alert.state,
    mode: alert.mode,
  };
  Object.assign(root.dataset, data);
}

const tag = (kind: string, text: string): HTMLElement => element("span", { class: kind }, text);
const line = (kind: string, ...parts: Node[]): HTMLElement =>
  element("span", { class: `line ${kind}` }, ...parts);
