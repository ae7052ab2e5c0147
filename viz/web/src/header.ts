import { countByLevel, LEVELS, type ModeFilter } from "./alerts.ts";
import { element, setAttribute, setText } from "./element.ts";
import type { Key, Words } from "./i18n.ts";
import type { LiveConnection } from "./live.ts";
import type { Alert, Name } from "./model.ts";
import type { Names } from "./names.ts";
import { symbol } from "./shapes.ts";
import { ago, DISTRICT_ZONE, dateAndTime } from "./times.ts";

const FILTERS: readonly ModeFilter[] = ["all", "actual", "exercise", "replay"];

export interface HeaderActions {
  filter(filter: ModeFilter): void;
  switchLanguage(): void;
}

/** Title, counts by level, connection, data age, clock, filter and language: always in sight. */
export class Header {
  readonly root: HTMLElement;
  private readonly counts = new Map<string, HTMLElement>();
  private readonly connection = element("span", { class: "connection", "data-testid": "connection" });
  private readonly dataAge = element("span", { class: "data-age", "data-testid": "data-age" });
  private readonly clock = element("time", { class: "clock", "data-testid": "clock" });

  constructor(
    private readonly words: Words,
    private readonly names: Names,
    title: Name,
    actions: HeaderActions,
  ) {
    this.connection.setAttribute("role", "status");
    this.root = element(
      "header",
      {},
      this.title(title),
      this.levelCounts(),
      element("div", { class: "health" }, this.connection, this.dataAge),
      this.clock,
      element("div", { class: "controls" }, this.modeFilter(actions), this.language(actions)),
    );
  }

  show(alerts: readonly Alert[], known: boolean): void {
    const counts = countByLevel(alerts);
    // Before the list was read a zero would be a claim; a dash is not.
    for (const level of LEVELS) {
      const node = this.counts.get(level);
      if (node) setText(node, known ? String(counts[level]) : "–");
    }
  }

  tick(live: LiveConnection, nowMs: number): void {
    setAttribute(this.connection, "data-state", live.state);
    setText(this.connection, this.connectionText(live, nowMs));
    const { lastDataMs } = live;
    const since =
      lastDataMs === null ? this.words.say("age.never") : ago(nowMs - lastDataMs, this.words);
    setText(this.dataAge, `${this.words.say("age.data")} ${since}`);
    setText(this.clock, `${dateAndTime(nowMs)} ${DISTRICT_ZONE}`);
  }

  private connectionText(live: LiveConnection, nowMs: number): string {
    if (live.state === "live" && live.ingest === "stale") return this.words.say("connection.ingest");
    if (live.state !== "offline" || live.retryAtMs === null)
      return this.words.say(`connection.${live.state}`);
    const seconds = Math.max(0, Math.ceil((live.retryAtMs - nowMs) / 1000));
    return this.words.say("connection.retry", { seconds });
  }

  private title(title: Name): HTMLElement {
    const heading = element("h1");
    this.words.bind(() => {
      const text = `${this.words.pick(title)} ${this.words.say("page.name")}`;
      setText(heading, text);
      document.title = text;
    });
    return heading;
  }

  private levelCounts(): HTMLElement {
    const parts = LEVELS.map((level) => {
      const mark = this.names.level(level);
      const count = element("b", { "data-testid": `count-${level}` }, "–");
      this.counts.set(level, count);
      const part = element("li", {}, symbol(mark, "acknowledged"), count);
      this.words.bind(() => {
        part.title = this.words.pick(mark.name);
      });
      return part;
    });
    const list = element("ul", { class: "counts" }, ...parts);
    this.labelled(list, "counts.label");
    return list;
  }

  private modeFilter(actions: HeaderActions): HTMLElement {
    const select = element("select", { "data-testid": "mode-filter" });
    for (const filter of FILTERS) {
      const option = element("option", { value: filter });
      this.words.bind(() => {
        option.textContent = this.words.say(`mode.${filter}`);
      });
      select.append(option);
    }
    select.addEventListener("change", () => {
      actions.filter(select.value as ModeFilter);
    });
    this.labelled(select, "mode.filter");
    return select;
  }

  private language(actions: HeaderActions): HTMLElement {
    const button = element("button", { type: "button", "data-testid": "language" });
    this.words.bind(() => {
      button.textContent = this.words.say("language.other");
      document.documentElement.lang = this.words.language === "zh" ? "zh-CN" : "en";
    });
    button.addEventListener("click", () => {
      actions.switchLanguage();
    });
    return button;
  }

  private labelled(node: HTMLElement, key: Key): void {
    this.words.bind(() => {
      node.ariaLabel = this.words.say(key);
      node.title = this.words.say(key);
    });
  }
}
