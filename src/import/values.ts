/** Words that several tools write in the same way. */

/** Whether a word means yes, as Python's strtobool and Docker's files have it. */
export function isTrue(text: string): boolean {
  return /^(?:y|yes|t|true|on|1)$/i.test(text.trim());
}

/** The value of a kernel setting as the topology has it: a number where it reads the same as one, which `010` does not. */
export function settingValue(text: string): string | number {
  return /^-?(?:0|[1-9]\d{0,9})$/.test(text) ? Number(text) : text;
}
