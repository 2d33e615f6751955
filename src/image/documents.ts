/** The documents of an OCI image as they are read: JSON that anybody may have written, so nothing in it is taken for granted. */
import { ImageError } from '../errors.ts';
import type { ImageConfig } from '../model/image.ts';
import { type Blobs, type Descriptor, readBlob } from './blobs.ts';
import { shownName } from './root-tree.ts';

/** No index, manifest or configuration is larger. */
const LARGEST = 4 << 20;

/** A value of a document, with what it is called. */
export class Part {
  readonly value: unknown;
  readonly #blame: string;

  constructor(value: unknown, blame: string) {
    this.value = value;
    this.#blame = blame;
  }

  /** A field; one that is missing or null has the value undefined. */
  at(key: string): Part {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#error('an object');
    const own = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    return new Part(own ?? undefined, `${this.#blame}.${key}`);
  }

  get missing(): boolean {
    return this.value === undefined;
  }

  string(otherwise?: string): string {
    const value = this.value ?? otherwise;
    if (typeof value !== 'string' || value.includes('\0')) throw this.#error('a text');
    return value;
  }

  size(): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < 0) throw this.#error('a size');
    return this.value as number;
  }

  list(): Part[] {
    if (this.value === undefined) return [];
    if (!Array.isArray(this.value)) throw this.#error('a list');
    return this.value.map((value, i) => new Part(value, `${this.#blame}[${i}]`));
  }

  /** As an error would have it. */
  refuse(why: string): ImageError {
    return new ImageError(`${this.#blame} ${why}`);
  }

  #error(expected: string): ImageError {
    const found = this.value === undefined ? 'nothing' : shownName(JSON.stringify(this.value).slice(0, 60));
    return this.refuse(`is ${found}, expected ${expected}`);
  }
}

/** Reads one that a descriptor points at. */
export async function readDocument(blobs: Blobs, descriptor: Descriptor, what: string): Promise<Part> {
  if (descriptor.size > LARGEST)
    throw new ImageError(`${blobs.name} is damaged: ${what} has ${descriptor.size} bytes, which is too much for one`);
  return parse(readBlob(blobs, descriptor, what), `${what} of ${blobs.name}`);
}

/** Reads `index.json`, to which no digest leads. */
export async function readIndex(blobs: Blobs): Promise<Part> {
  const size = blobs.size('index.json')!;
  if (size > LARGEST)
    throw new ImageError(`${blobs.name} is damaged: index.json has ${size} bytes, which is too much for one`);
  return parse(blobs.read('index.json'), `index.json of ${blobs.name}`);
}

async function parse(chunks: AsyncIterable<Buffer>, what: string): Promise<Part> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  try {
    return new Part(JSON.parse(Buffer.concat(all).toString('utf8')), what);
  } catch {
    throw new ImageError(`${what} is no JSON`);
  }
}

/** The descriptor that a document holds. */
export function descriptorOf(part: Part): Descriptor {
  return { digest: part.at('digest').string(), size: part.at('size').size() };
}

const USER = /^(?:[A-Za-z_][\w.-]*\$?|\d{1,10})(?::(?:[A-Za-z_][\w.-]*\$?|\d{1,10}))?$/;

/** What an image says of the programs that are started from it. Like `docker inspect -f '{{.Config}}'`. */
export function imageConfig(document: Part): ImageConfig {
  const config = document.at('config');
  if (config.missing) return { env: {}, entrypoint: [], command: [] };
  const env: Record<string, string> = {};
  for (const each of config.at('Env').list()) {
    const text = each.string();
    const equals = text.indexOf('=');
    if (equals < 1) throw each.refuse(`is ${JSON.stringify(text)}, expected NAME=VALUE`);
    env[text.slice(0, equals)] = text.slice(equals + 1);
  }
  const user = config.at('User').string('');
  if (user !== '' && !USER.test(user)) throw config.at('User').refuse(`is ${JSON.stringify(user)}, expected a user`);
  const workdir = config.at('WorkingDir').string('');
  if (workdir !== '' && !workdir.startsWith('/'))
    throw config.at('WorkingDir').refuse(`is ${JSON.stringify(workdir)}, expected an absolute path`);
  const stopSignal = config.at('StopSignal').string('');
  const words = (key: string): string[] =>
    config
      .at(key)
      .list()
      .map((each) => each.string());
  return {
    env,
    entrypoint: words('Entrypoint'),
    command: words('Cmd'),
    ...(user === '' ? {} : { user }),
    ...(workdir === '' ? {} : { workdir }),
    ...(stopSignal === '' ? {} : { stopSignal }),
  };
}
