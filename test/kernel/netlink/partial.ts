import assert from 'node:assert/strict';

/** Fails unless `actual` has everything that `expected` has; objects may have more, arrays not. */
export function partialDeepEqual(actual: unknown, expected: unknown): void {
  assert.deepEqual(trim(actual, expected), expected);
}

/** `actual` without the properties of which `expected` does not speak. */
function trim(actual: unknown, expected: unknown): unknown {
  if (Array.isArray(actual) && Array.isArray(expected)) return actual.map((value, i) => trim(value, expected[i]));
  if (!isObject(actual) || !isObject(expected)) return actual;
  return Object.fromEntries(Object.keys(expected).map((key) => [key, trim(actual[key], expected[key])]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
