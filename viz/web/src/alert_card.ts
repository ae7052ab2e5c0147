import { whatOf } from "./alert_list.ts";
import { allowedTransitions } from "./alerts.ts";
import { element, setText } from "./element.ts";
import type { Words } from "./i18n.ts";
import type { Alert } from "./model.ts";
import { modeBadge } from "./mode_badge.ts";
import type { Names } from "./names.ts";
import { symbol } from "./shapes.ts";
import { DISTRICT_ZONE, dateAndTime } from "./times.ts";

export type Transition = "acknowledged" | "closed";

/** Makes the transition; rejects with the server's sentence when it is refused. */
export type Act = (alert: Alert, to: Transition, note: string) => Promise<void>;

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
  );
  const data = { "data-testid": "alert-card", "data-alert-id": String(alert.id) };
  const what = element("p", { class: "what" }, whatOf(alert, words, names));
  return element("section", { class: "card", ...data }, head, what, facts, ...actions(alert, words, act));
}

function actions(alert: Alert, words: Words, act: Act): HTMLElement[] {
  const allowed = allowedTransitions(alert);
  if (allowed.length === 0) return [];
  const note = element("input", { type: "text", maxlength: "500", name: "note" });
  note.placeholder = note.ariaLabel = words.say("action.note");
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
      if (to) void attempt(() => act(alert, to, note.value), buttons, problem, words);
    });
  });
  return [note, element("div", { class: "actions" }, ...buttons), problem];
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
