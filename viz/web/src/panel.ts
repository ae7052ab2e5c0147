import { alertCard, type Act, fact } from "./alert_card.ts";
import { type Api, RefusedError } from "./api.ts";
import { Chart, type Limit } from "./chart.ts";
import { putDrafts, takeDrafts } from "./drafts.ts";
import { element, setText } from "./element.ts";
import type { Words } from "./i18n.ts";
import { type Alert, type Entity, type Series, UNRELIABLE } from "./model.ts";
import type { Names } from "./names.ts";
import type { Sensors } from "./sensors.ts";
import { ValuesTable } from "./values_table.ts";

const NOT_FOUND = 404;

/** What the panel shows: an entity, and the device whose values matter; null for all of its. */
export interface Target {
  entity: string;
  device: string | null;
  series: number | null;
}

/** One entity close up: names, alerts with their actions, latest values, a chart. */
export class EntityPanel {
  readonly root = element("aside", { class: "panel", "data-testid": "panel", hidden: "" });
  target: Target | null = null;
  private readonly head = element("div", { class: "title" });
  private readonly alerts = element("div", { class: "cards" });
  private readonly details = element("div", { class: "details" });
  private readonly figure = element("figure");
  private alertsShownAs = "";
  private shown: readonly Alert[] = [];
  private table: ValuesTable | null = null;
  private chart: { series: number; drawing: Chart } | null = null;

  constructor(
    private readonly words: Words,
    private readonly names: Names,
    private readonly api: Api,
    private readonly sensors: Sensors,
    private readonly actions: { act: Act; closed: () => void },
  ) {
    this.root.append(this.head, this.alerts, this.details);
    words.bind(() => {
      this.root.ariaLabel = words.say("panel.title");
      if (this.target) void this.open(this.target);
    });
  }

  /** Shows an entity and returns it; null when it could not be read, which the panel then says. */
  async open(target: Target): Promise<Entity | null> {
    this.target = target;
    this.root.hidden = false;
    this.forget();
    this.head.replaceChildren(this.closeButton(), element("h2", {}, this.words.say("panel.loading")));
    try {
      const found = await Promise.all([this.api.entity(target.entity), this.api.seriesOf(target.entity, target.device)]);
      if (this.target === target) this.fill(target, ...found);
      return found[0];
    } catch (error) {
      const sentence = this.sentenceOf(error as Error, target);
      if (this.target === target) setText(this.head.lastElementChild ?? this.head, sentence);
      return null;
    }
  }

  close(): void {
    this.target = null;
    this.root.hidden = true;
    this.forget();
    this.actions.closed();
  }

  /** Takes the alerts of the entity; cards are rebuilt only when something about them changed. */
  show(alerts: readonly Alert[]): void {
    this.shown = alerts;
    const shownAs = [this.words.language, ...alerts.map(({ id, version }) => `${id}@${version}`)].join();
    if (shownAs === this.alertsShownAs) return;
    this.alertsShownAs = shownAs;
    const cards = alerts.map((alert) => alertCard(alert, this.words, this.names, this.actions.act));
    const none = element("p", { class: "none" }, this.words.say("panel.noalerts"));
    const drafts = takeDrafts(this.alerts);
    this.alerts.replaceChildren(...(cards.length > 0 ? cards : [none]));
    putDrafts(this.alerts, drafts);
  }

  tick(nowMs: number): void {
    this.table?.show((series) => this.sensors.latestOf(series), nowMs);
    const latest = this.chart && this.sensors.latestOf(this.chart.series);
    if (this.chart && latest)
      this.chart.drawing.add(latest.atMs, latest.value, latest.grade === UNRELIABLE);
  }

  private sentenceOf(error: Error, { entity }: Target): string {
    const unknown = error instanceof RefusedError && error.status === NOT_FOUND;
    if (unknown) return this.words.say("panel.unknown", { code: entity });
    return this.words.say("panel.failed", { why: error.message });
  }

  private forget(): void {
    this.chart?.drawing.close();
    this.chart = null;
    this.table = null;
    this.alertsShownAs = "";
    for (const part of [this.alerts, this.details, this.figure]) part.replaceChildren();
  }

  private fill(target: Target, entity: Entity, series: readonly Series[]): void {
    this.head.replaceChildren(this.closeButton(), element("h2", {}, entity.name), this.identity(target, entity));
    this.show(this.shown);
    this.table = new ValuesTable(this.words, this.names, series, (one) => void this.draw(one));
    this.details.replaceChildren(
      element("h3", {}, this.words.say("panel.values")),
      series.length > 0 ? this.table.root : element("p", {}, this.words.say("panel.novalues")),
      this.figure,
      ...this.properties(entity),
    );
    this.tick(Date.now());
    const first = series.find(({ id }) => id === target.series) ?? series[0];
    if (first) void this.draw(first);
  }

  private identity(target: Target, entity: Entity): HTMLElement {
    const other = target.device !== null && target.device !== target.entity ? target.device : null;
    const device = other === null ? [] : fact(this.words.say("panel.device"), other);
    return element(
      "dl",
      {},
      ...fact(this.words.say("panel.class"), `${this.names.entityClass(entity.class)} ${entity.class}`),
      ...fact(this.words.say("panel.code"), entity.printed),
      ...device,
    );
  }

  private properties(entity: Entity): HTMLElement[] {
    const known = Object.entries(entity.properties).filter(([, value]) => value !== null);
    if (known.length === 0) return [];
    const facts = known.flatMap(([name, value]) => fact(name, asText(value)));
    return [element("h3", {}, this.words.say("panel.properties")), element("dl", {}, ...facts)];
  }

  private async draw(series: Series): Promise<void> {
    const { target } = this;
    this.table?.mark(series.id);
    const history = await this.api.history(series.id).catch(() => []);
    if (this.target !== target) return;
    this.chart?.drawing.close();
    this.chart = null;
    const limit = this.limitOf(series);
    const name = `${this.words.say("panel.chart")} · ${this.names.quantity(series.quantity)}`;
    const legend = limit ? ` · ${this.words.say("panel.limit")} ${limit.value}` : "";
    const caption = element("figcaption", {}, name + legend);
    this.figure.replaceChildren(caption);
    if (history.length === 0) caption.textContent = this.words.say("panel.history");
    else this.chart = { series: series.id, drawing: new Chart(this.figure, history, limit) };
  }

  private limitOf(series: Series): Limit | null {
    const alert = this.shown.find((one) => one.series === series.id && one.limit !== null);
    if (alert?.limit == null) return null;
    return { value: alert.limit, colour: this.names.level(alert.level).colour };
  }

  private closeButton(): HTMLElement {
    const button = element("button", { type: "button", class: "close", "data-testid": "panel-close" }, "×");
    button.ariaLabel = this.words.say("panel.close");
    button.addEventListener("click", () => {
      this.close();
    });
    return button;
  }
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
