import { amountIn } from "./amounts.ts";
import { element, setAttribute, setText } from "./element.ts";
import type { Words } from "./i18n.ts";
import { gradeOf, type Series } from "./model.ts";
import type { Names } from "./names.ts";
import type { Latest } from "./sensors.ts";
import { modeBadge } from "./mode_badge.ts";
import { ago } from "./times.ts";

interface Row {
  series: Series;
  root: HTMLElement;
  value: HTMLElement;
  quality: HTMLElement;
  age: HTMLElement;
}

/** Latest value, quality and age of each series of a device; choosing a row draws its chart. */
export class ValuesTable {
  readonly root: HTMLElement;
  private readonly rows: Row[];

  constructor(
    private readonly words: Words,
    names: Names,
    series: readonly Series[],
    choose: (series: Series) => void,
  ) {
    this.rows = series.map((one) => row(one, words, names, choose));
    this.root = element("ul", { class: "values" }, ...this.rows.map(({ root }) => root));
  }

  show(latestOf: (series: number) => Latest | undefined, nowMs: number): void {
    for (const { series, root, value, quality, age } of this.rows) {
      const latest = newest(latestOf(series.id), series);
      setText(value, latest ? amountIn(latest.value, series.unit) : this.words.say("panel.novalues"));
      setText(quality, latest ? this.words.say(`quality.${latest.grade as 0 | 1 | 2 | 3}`) : "");
      setText(age, latest ? ago(nowMs - latest.atMs, this.words) : "");
      setAttribute(root, "data-grade", latest ? String(latest.grade) : "");
    }
  }

  mark(series: number): void {
    for (const { series: one, root } of this.rows)
      setAttribute(root.firstElementChild ?? root, "aria-pressed", String(one.id === series));
  }
}

function newest(live: Latest | undefined, series: Series): Latest | undefined {
  if (live || !series.latest) return live;
  const { observed_at: at, value, quality } = series.latest;
  return { atMs: Date.parse(at), value, grade: gradeOf(quality) };
}

function row(series: Series, words: Words, names: Names, choose: (series: Series) => void): Row {
  const cells = { value: element("b"), quality: element("span", { class: "quality" }), age: element("time") };
  const channel = series.channel === "" ? "" : ` · ${series.channel}`;
  const what = names.quantity(series.quantity) + channel;
  const name = element("span", { class: "quantity" }, what, " ", ...modeBadge(series.mode, words));
  const button = element("button", { type: "button" }, name, cells.value, cells.quality, cells.age);
  button.addEventListener("click", () => {
    choose(series);
  });
  const root = element("li", { "data-testid": "value-row", "data-quantity": series.quantity }, button);
  return { series, root, ...cells };
}
