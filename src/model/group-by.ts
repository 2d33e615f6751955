/** What is in a list, by a key; keys and what they have in the list's order. `Map.groupBy`, which Node 20 has not. */
export function groupBy<T, K>(list: Iterable<T>, key: (each: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const each of list) {
    const group = groups.get(key(each));
    if (group === undefined) groups.set(key(each), [each]);
    else group.push(each);
  }
  return groups;
}
