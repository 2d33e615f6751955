/** How long something took: `0.31 s`, `12.4 s`, `2 min 03 s`. */
export function took(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  return age(seconds);
}

/** How long something has been there, in its two largest units: `42 s`, `3 min 07 s`, `5 h 20 min`, `3 d 4 h`. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${whole} s`;
  if (hours === 0) return `${minutes} min ${two(whole % 60)} s`;
  if (days === 0) return `${hours} h ${two(minutes % 60)} min`;
  return `${days} d ${hours % 24} h`;
}

/** The age of a moment given as ISO 8601; empty when it is no moment. */
export function ageOf(moment: string, now: number = Date.now()): string {
  const then = Date.parse(moment);
  return Number.isNaN(then) ? '' : age((now - then) / 1000);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
