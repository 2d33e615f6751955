/** Whether a value that was read from a file is what it should be: somebody may have cut the file short, or written into it. */

/** Says whether a value has a shape. */
export type Shape = (value: unknown) => boolean;

export const string: Shape = (value) => typeof value === 'string';
export const number: Shape = (value) => typeof value === 'number' && Number.isFinite(value);
export const boolean: Shape = (value) => typeof value === 'boolean';

/** One of these words. */
export const word =
  (...words: readonly string[]): Shape =>
  (value) =>
    typeof value === 'string' && words.includes(value);

/** What may be left out. */
export const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);

export const nullable =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);

export const list =
  (of: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(of);

/** A list of exactly these. */
export const tuple =
  (...shapes: readonly Shape[]): Shape =>
  (value) =>
    Array.isArray(value) && value.length === shapes.length && shapes.every((shape, index) => shape(value[index]));

/** An object whose values are all of one shape. */
export const map =
  (of: Shape): Shape =>
  (value) =>
    isObject(value) && Object.values(value).every(of);

/** An object with these fields; others may be there too. */
export const fields =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isObject(value) && Object.entries(shapes).every(([name, shape]) => shape(value[name]));

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
