const PARAMETER = "entity";
const STORED = /^[1-9]\d{15}$/;

/** Returns the 16 digits of the entity that an address asks for, as `/?entity=4403110103000127`. */
export function askedEntity(search: string): string | null {
  const asked = new URLSearchParams(search).get(PARAMETER)?.trim() ?? "";
  return STORED.test(asked) ? asked : null;
}

/** Returns where any other written form is read, and explained when it is wrong; null for none. */
export function readElsewhere(search: string): string | null {
  const asked = new URLSearchParams(search).get(PARAMETER)?.trim() ?? "";
  return asked === "" || STORED.test(asked) ? null : `/e/${encodeURIComponent(asked)}`;
}
