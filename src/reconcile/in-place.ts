/** How many of `list`, from its beginning, stand in `found` in this order. Both are keys, each once. */
export function inPlace(list: readonly string[], found: readonly string[]): number {
  let kept = 0;
  for (const each of found) if (kept < list.length && each === list[kept]) kept += 1;
  return kept;
}
