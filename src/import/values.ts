/** Words that several tools write in the same way. */

/** Whether a word means yes, as Python's strtobool and Docker's files have it. */
export function isTrue(text: string): boolean {
  return /^(?:y|yes|t|true|on|1)$/i.test(text.trim());
}
