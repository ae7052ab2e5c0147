/** How the stored units (UCUM-like) look to people; what is not here is shown as it is stored. */
export const UNIT_SIGNS: Record<string, string> = {
  "1": "",
  "m3/s": "m³/s",
  m3: "m³",
  Cel: "°C",
  "uS/cm": "µS/cm",
  "ug/m3": "µg/m³",
  "mg/m3": "mg/m³",
  deg: "°",
};
