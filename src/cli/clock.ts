/** The time of day, as lines about what happens begin with it: `14:02:59`. */
export function clock(now = new Date()): string {
  return now.toTimeString().slice(0, 8);
}
