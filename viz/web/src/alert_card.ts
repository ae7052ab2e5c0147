import { whatOf } from "./alert_list.ts";
import { allowedTransitions } from "./alerts.ts";
import type { Said } from "./api.ts";
import { element, setText } from "./element.ts";
import type { Words } from "./i18n.ts";
import type { Alert, Verdict } from "./model.ts";
import { modeBadge } from "./mode_badge.ts";
import type { Names } from "./names.ts";
import { symbol } from "./shapes.ts";
import { DISTRICT_ZONE, dateAndTime } from "./times.ts";

export type Transition = "acknowledged" | "closed";

/** Makes the transition; rejects with the server's sentence when it is refused. */
export type Act = (alert: Alert, to: Transition, said: Said) => Promise<void>;

const VERDICTS: readonly Verdict[] = ["confirmed", "false", "duplicate", "test"];
const ACTIONS = { acknowledged: "action.acknowledge", closed: "action.close" } as const;

/** One alert in the panel, with the actions that its state allows. */
export function alertCard(alert: Alert, words: Words, names: Names, act: Act): HTMLElement {
  const mark = names.level(alert.level);
  const raised = `${dateAndTime(Date.parse(alert.raised_at))} ${DISTRICT_ZONE}`;
  const head = element(
    "div",
    { class: "head" },
    symbol(mark, alert.state),
    element("strong", {}, `${mark.number} ${words.pick(mark.name)} · ${names.domain(alert.domain)}`),
    ...modeBadge(alert.mode, words),
    element("span", { class: `state ${alert.state}` }, words.say(`state.${alert.state}`)),
  );
  const facts = element(
    "dl",
    {},
    ...fact(words.say("panel.raised"), raised),
    ...fact(words.say("panel.reason"), alert.reason),
    ...(alert.assignee === null ? [] : fact(words.say("panel.assignee"), alert.assignee)),
    ...(alert.quiet === null ? [] : fact(words.say("panel.quiet"), words.say(`quiet.${alert.quiet}`))),
  );
  const data = { "data-testid": "alert-card", "data-alert-id": String(alert.id) };
  const what = element("p", { class: "what" }, whatOf(alert, words, names));
  return element("section", { class: "card", ...data }, head, what, facts, ...actions(alert, words, act));
}

function actions(alert: Alert, words: Words, act: Act): HTMLElement[] {
  const allowed = allowedTransitions(alert);
  if (allowed.length === 0) return [];
  const note = field("note", words.say("action.note"));
  const closing = new Closing(words);
  const problem = element("p", { class: "problem", role: "alert", "data-testid": "action-problem" });
  const buttons = allowed.map((to) => {
    const button = element("button", { type: "button", "data-testid": `action-${to}` });
    button.textContent = words.say(ACTIONS[to]);
    if (to === "acknowledged") button.className = "primary";
    return button;
  });
  buttons.forEach((button, place) => {
    button.addEventListener("click", () => {
      const to = allowed[place];
      if (to === "closed" && !closing.complete) {
        setText(problem, words.say("action.needs"));
        return;
      }
      const said = { note: note.value, ...(to === "closed" ? closing.said() : {}) };
      const deed = async (): Promise<void> => {
        if (to) await act(alert, to, said);
        note.value = "";
      };
      void attempt(deed, buttons, problem, words);
    });
  });
  return [closing.root, note, element("div", { class: "actions" }, ...buttons), problem];
}

/** What closing needs: a verdict, a reason, and of a duplicate which alert says the same. */
class Closing {
  readonly root: HTMLElement;
  private readonly verdict = element("select", { name: "verdict", "data-testid": "verdict" });
  private readonly reason: HTMLInputElement;
  private readonly other: HTMLInputElement;

  constructor(words: Words) {
    this.reason = field("reason", words.say("action.reason"));
    this.reason.dataset.testid = "verdict-reason";
    this.other = field("duplicate_of", words.say("action.duplicate"));
    this.other.inputMode = "numeric";
    this.other.hidden = true;
    this.verdict.ariaLabel = words.say("action.verdict");
    const none = element("option", { value: "" }, words.say("action.verdict"));
    const options = VERDICTS.map((value) => element("option", { value }, words.say(`verdict.${value}`)));
    this.verdict.append(none, ...options);
    this.verdict.addEventListener("change", () => {
      this.other.hidden = this.verdict.value !== "duplicate";
    });
    this.root = element("div", { class: "closing" }, this.verdict, this.reason, this.other);
  }

  get complete(): boolean {
    const named = this.verdict.value !== "duplicate" || Number.isInteger(this.number) && this.number > 0;
    return this.verdict.value !== "" && this.reason.value.trim() !== "" && named;
  }

  said(): Said {
    const said: Said = { verdict: this.verdict.value as Verdict, reason: this.reason.value };
    return this.verdict.value === "duplicate" ? { ...said, duplicate_of: this.number } : said;
  }

  private get number(): number {
    return Number(this.other.value.trim() || Number.NaN);
  }
}

function field(name: string, label: string): HTMLInputElement {
  const input = element("input", { type: "text", maxlength: "500", name });
  input.placeholder = input.ariaLabel = label;
  return input;
}

async function attempt(
  deed: () => Promise<void>,
  buttons: readonly HTMLButtonElement[],
  problem: HTMLElement,
  words: Words,
): Promise<void> {
  for (const button of buttons) button.disabled = true;
  setText(problem, "");
  try {
    await deed();
  } catch (error) {
    // The person decides what to do about it, so the server's own sentence is shown.
    setText(problem, words.say("action.refused", { why: (error as Error).message }));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** A term and its description. */
export const fact = (term: string, description: string): HTMLElement[] => [
  element("dt", {}, term),
  element("dd", {}, description),
];
