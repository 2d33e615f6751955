/** What is in a list, by a key; keys and what they have in the list's order. `Map.groupBy`, which Node 20 has not. */
export function groupBy<T, K>(list: Iterable<T>, key: (each: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const each of list) {
    const name = key(each);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [each]);
    else group.push(each);
  }
  return groups;
}
