// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { putDrafts, takeDrafts } from "../src/drafts.ts";

function card(alert: number, ...fields: HTMLElement[]): HTMLElement {
  const node = document.createElement("section");
  node.dataset.alertId = String(alert);
  node.append(...fields);
  return node;
}

function input(name: string, value = ""): HTMLInputElement {
  const node = document.createElement("input");
  node.name = name;
  node.value = value;
  return node;
}

function verdicts(value = ""): HTMLSelectElement {
  const node = document.createElement("select");
  node.name = "verdict";
  for (const each of ["", "confirmed", "duplicate"]) {
    const option = document.createElement("option");
    option.value = each;
    node.append(option);
  }
  node.value = value;
  return node;
}

test("what is typed stays when a card is drawn anew", () => {
  const panel = document.createElement("div");
  document.body.append(panel);
  const typing = input("reason", "已排");
  panel.append(card(1, verdicts("confirmed"), typing), card(2, input("reason", "other")));
  typing.focus();
  const drafts = takeDrafts(panel);
  const [verdict, reason] = [verdicts(), input("reason")];
  panel.replaceChildren(card(1, verdict, reason), card(3, input("reason")));
  putDrafts(panel, drafts);
  expect(verdict.value).toBe("confirmed");
  expect(reason.value).toBe("已排");
  expect(document.activeElement).toBe(reason);
  expect(panel.querySelector<HTMLInputElement>("[data-alert-id='3'] input")?.value).toBe("");
});

test("a field that shows another one hears of its old value", () => {
  const panel = document.createElement("div");
  panel.append(card(1, verdicts("duplicate")));
  const drafts = takeDrafts(panel);
  const again = verdicts();
  let heard = "";
  again.addEventListener("change", () => (heard = again.value));
  panel.replaceChildren(card(1, again));
  putDrafts(panel, drafts);
  expect(heard).toBe("duplicate");
});

test("a card without fields takes nothing", () => {
  const panel = document.createElement("div");
  panel.append(card(1, input("reason", "x")));
  const drafts = takeDrafts(panel);
  panel.replaceChildren(card(1));
  putDrafts(panel, drafts);
  expect(panel.querySelectorAll("input")).toHaveLength(0);
});
