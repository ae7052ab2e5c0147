import { element, setText } from "./element.ts";
import type { Key, Words } from "./i18n.ts";
import type { LevelMark } from "./model.ts";
import { symbol } from "./shapes.ts";

const SENSOR_KEYS: readonly Key[] = ["legend.normal", "legend.nodata", "legend.unreliable", "legend.depth"];

/** Says what every mark on the map means. */
export function legend(words: Words, marks: readonly LevelMark[]): HTMLElement {
  const title = element("summary");
  words.bind(() => {
    setText(title, words.say("legend.title"));
  });
  const levels = marks.map((mark) =>
    entry(words, symbol(mark, "acknowledged"), () => `${mark.number} ${words.pick(mark.name)}`),
  );
  const ring = marks.slice(0, 1).map((mark) =>
    entry(words, symbol(mark, "raised"), () => words.say("legend.unacknowledged")),
  );
  const sensors = SENSOR_KEYS.map((key) =>
    entry(words, element("i", { class: `sample ${key.replace(".", "-")}` }), () => words.say(key)),
  );
  const folded = element("details", { class: "legend" }, title, element("ul", {}, ...levels, ...ring, ...sensors));
  folded.open = !matchMedia("(max-width: 760px)").matches;
  return folded;
}

function entry(words: Words, sample: Node, text: () => string): HTMLElement {
  const label = element("span");
  words.bind(() => {
    setText(label, text());
  });
  return element("li", {}, sample, label);
}
