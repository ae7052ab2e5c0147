/** What somebody has typed into one field of a card, and whether they are still at it. */
interface Field {
  name: string;
  value: string;
  focused: boolean;
}

type Writable = HTMLInputElement | HTMLSelectElement;

/** What is typed into the cards below a node, by alert: a card that is drawn anew must not lose it. */
export type Drafts = ReadonlyMap<string, readonly Field[]>;

const cardsIn = (node: HTMLElement): HTMLElement[] => [...node.querySelectorAll<HTMLElement>("[data-alert-id]")];
const fieldsIn = (card: HTMLElement): Writable[] => [...card.querySelectorAll<Writable>("input[name], select[name]")];

export function takeDrafts(node: HTMLElement): Drafts {
  return new Map(
    cardsIn(node).map((card) => [
      card.dataset.alertId ?? "",
      fieldsIn(card).map((field) => ({
        name: field.name,
        value: field.value,
        focused: field === document.activeElement,
      })),
    ]),
  );
}

export function putDrafts(node: HTMLElement, drafts: Drafts): void {
  for (const card of cardsIn(node)) {
    const fields = new Map(fieldsIn(card).map((field) => [field.name, field]));
    for (const draft of drafts.get(card.dataset.alertId ?? "") ?? []) put(fields.get(draft.name), draft);
  }
}

function put(field: Writable | undefined, { value, focused }: Field): void {
  if (!field) return;
  field.value = value;
  field.dispatchEvent(new Event("change"));
  if (focused) field.focus();
}
