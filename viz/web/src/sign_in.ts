import type { Credentials } from "./api.ts";
import { element } from "./element.ts";
import type { Key, Words } from "./i18n.ts";

/** Returns a function that asks for user and password in a dialog of the page. */
export function signInDialog(words: Words): (wrong: boolean) => Promise<Credentials | null> {
  return (wrong) =>
    new Promise((resolve) => {
      const user = input("text", "username");
      const password = input("password", "current-password");
      const dialog = build(words, { user, password, wrong });
      dialog.addEventListener("close", () => {
        dialog.remove();
        const given = { user: user.value, password: password.value };
        resolve(dialog.returnValue === "submit" ? given : null);
      });
      document.body.append(dialog);
      dialog.showModal();
      user.focus();
    });
}

function build(
  words: Words,
  fields: { user: HTMLInputElement; password: HTMLInputElement; wrong: boolean },
): HTMLDialogElement {
  const problem = fields.wrong ? [element("p", { role: "alert" }, words.say("signin.wrong"))] : [];
  const cancel = element("button", { type: "submit", value: "cancel", formnovalidate: "" });
  cancel.textContent = words.say("signin.cancel");
  const submit = element("button", { type: "submit", value: "submit", class: "primary" });
  submit.textContent = words.say("signin.submit");
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", {}, words.say("signin.title")),
    ...problem,
    labelled(words, "signin.user", fields.user),
    labelled(words, "signin.password", fields.password),
    // The first submit button is the one that Enter presses.
    element("div", { class: "actions" }, submit, cancel),
  );
  return element("dialog", { "data-testid": "sign-in" }, form);
}

function input(type: string, autocomplete: string): HTMLInputElement {
  return element("input", { type, autocomplete, required: "", name: autocomplete });
}

function labelled(words: Words, key: Key, field: HTMLInputElement): HTMLElement {
  return element("label", {}, element("span", {}, words.say(key)), field);
}
