import { UNIT_SIGNS } from "./units.ts";

const DIGITS = 4;

/** Returns a number with about four significant digits, never in exponent form. */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const whole = Math.trunc(Math.abs(value)).toString().length;
  const decimals = Math.max(0, Math.min(3, DIGITS - whole));
  return String(Number(value.toFixed(decimals)));
}

/** Returns the number with its unit as people write it. */
export function amountIn(value: number, unit: string | null): string {
  const sign = unit === null ? "" : (UNIT_SIGNS[unit] ?? unit);
  return sign === "" ? amount(value) : `${amount(value)} ${sign}`;
}
