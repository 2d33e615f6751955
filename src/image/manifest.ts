/** From a layout to one image in it: the index, an index in that by platform, the manifest, the configuration and the layers. */
import { createHash } from 'node:crypto';

import { ImageError } from '../errors.ts';
import type { ImageConfig } from '../model/image.ts';
import { type Blobs, type Descriptor, isDigest } from './blobs.ts';
import { descriptorOf, imageConfig, type Part, readDocument, readIndex } from './documents.ts';

/** A layer: where its archive is, and the digest of that when it is unpacked. */
export interface Layer extends Descriptor {
  readonly diffId: string;
}

/** One image, all of whose documents have been read. */
export interface Image {
  /** Of its manifest: what it is known by to registries. */
  readonly digest: string;
  /** Of the layers in their order: whoever has the same has the same root. */
  readonly chainId: string;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

/** Which image of a layout is meant. */
export interface ImageName {
  readonly tag?: string;
  /** `linux/arm64`, `linux/arm/v7`; this machine's unless said. */
  readonly platform?: string;
}

const INDEX = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
const MANIFEST = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'];
const CONFIG = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];
/** Layers of those who may not be handed on to others, and docker's own name for a layer, are layers too. How one is packed is seen. */
const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar)(?:[+.](?:gzip|zstd))?$/;
const TAG = 'org.opencontainers.image.ref.name';
/** An index in an index in an index is more than anybody writes. */
const DEEPEST = 3;
/** As the kernel and its users call them, in the words of images (those of Go). */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64' };

/** What this machine runs. */
export function thisPlatform(): string {
  return `linux/${ARCHITECTURES[process.arch] ?? process.arch}`;
}

/** Finds an image and reads all of its documents. @throws ImageError. */
export async function readImage(blobs: Blobs, { tag, platform }: ImageName): Promise<Image> {
  const index = await readIndex(blobs);
  const tagged = byTag(index.at('manifests').list(), tag, blobs.name);
  const manifest = await findManifest(blobs, tagged, platform ?? thisPlatform(), 1);
  const digest = manifest.descriptor.digest;
  const document = await readDocument(blobs, manifest.descriptor, 'the manifest');
  const mediaType = document.at('config').at('mediaType').string();
  if (!CONFIG.includes(mediaType))
    throw new ImageError(`${blobs.name} holds no image to run, but something of the type ${mediaType}`);
  const config = await readDocument(blobs, descriptorOf(document.at('config')), 'the configuration');
  checkPlatform(config, platform, blobs.name);
  const layers = layersOf(document, config, blobs.name);
  return { digest, chainId: chainId(layers), layers, config: imageConfig(config) };
}

function byTag(manifests: readonly Part[], tag: string | undefined, name: string): readonly Part[] {
  const tagOf = (each: Part): string | undefined => {
    const notes = each.at('annotations');
    return notes.missing || notes.at(TAG).missing ? undefined : notes.at(TAG).string();
  };
  const has = (each: Part, wanted: string): boolean => {
    const own = tagOf(each);
    return own === wanted || own?.endsWith(`:${wanted}`) === true;
  };
  if (manifests.length === 0) throw new ImageError(`${name} holds no image`);
  const tags = [...new Set(manifests.map(tagOf))];
  if (tag === undefined && tags.length === 1) return manifests;
  const found = manifests.filter((each) => has(each, tag ?? 'latest'));
  if (found.length > 0) return found;
  const known = tags.filter((each) => each !== undefined);
  const list = known.length === 0 ? 'it has no tags' : `it has ${known.slice(0, 20).join(', ')}`;
  throw new ImageError(
    tag === undefined
      ? `${name} holds several images, and none with the tag latest: say which (${list})`
      : `${name} has no image with the tag ${JSON.stringify(tag)}: ${list}`,
  );
}

interface Found {
  readonly descriptor: Descriptor;
}

/** Of several, the one for the platform; an index among them is looked into. */
async function findManifest(
  blobs: Blobs,
  candidates: readonly Part[],
  platform: string,
  depth: number,
): Promise<Found> {
  const fitting = candidates.filter((each) => platformOf(each) === undefined || fits(platformOf(each)!, platform));
  const exact = fitting.filter((each) => platformOf(each) !== undefined);
  const [chosen] = exact.length > 0 ? exact : fitting;
  if (chosen === undefined) {
    const list = [...new Set(candidates.map(platformOf))].filter((each) => each !== 'unknown/unknown').join(', ');
    throw new ImageError(`${blobs.name} has no image for ${platform}: it has ${list}`);
  }
  const descriptor = descriptorOf(chosen);
  const type = chosen.at('mediaType').string(MANIFEST[0]);
  if (MANIFEST.includes(type)) return { descriptor };
  if (!INDEX.includes(type)) throw chosen.refuse(`is of the type ${type}, expected a manifest or an index`);
  if (depth === DEEPEST) throw new ImageError(`${blobs.name} is damaged: an index in an index in an index`);
  const index = await readDocument(blobs, descriptor, 'an index');
  return findManifest(blobs, index.at('manifests').list(), platform, depth + 1);
}

/** `linux/arm/v7` of a descriptor that says so. */
function platformOf(part: Part): string | undefined {
  const platform = part.at('platform');
  return platform.missing ? undefined : platformWords(platform);
}

function platformWords(part: Part): string {
  const variant = part.at('variant').string('');
  const words = [part.at('os').string(), part.at('architecture').string(), ...(variant === '' ? [] : [variant])];
  return words.join('/');
}

/** One that names no variant means any. */
function fits(found: string, wanted: string): boolean {
  return found === wanted || found.startsWith(`${wanted}/`) || wanted.startsWith(`${found}/`);
}

/** A program for another processor would not run; who knows better says so. */
function checkPlatform(config: Part, wanted: string | undefined, name: string): void {
  const found = platformWords(config);
  if (fits(found, wanted ?? thisPlatform())) return;
  throw new ImageError(
    wanted === undefined
      ? `${name} holds an image for ${found}, and this machine is ${thisPlatform()}; if that is meant: platform: ${found}`
      : `${name} has no image for ${wanted}: it has ${found}`,
  );
}

function layersOf(manifest: Part, config: Part, name: string): Layer[] {
  const layers = manifest.at('layers').list();
  const rootfs = config.at('rootfs');
  const ids = rootfs
    .at('diff_ids')
    .list()
    .map((each) => each.string());
  if (layers.length !== ids.length)
    throw new ImageError(`${name} is damaged: ${layers.length} layers, and ${ids.length} digests of what is in them`);
  return layers.map((layer, i) => {
    const type = layer.at('mediaType').string();
    if (!LAYER.test(type))
      throw layer.refuse(`is of the type ${type}, expected a layer (a tar archive, plain or with gzip or zstd)`);
    const diffId = ids[i]!;
    if (!isDigest(diffId)) throw rootfs.refuse(`has ${JSON.stringify(diffId)}, expected a digest`);
    return { ...descriptorOf(layer), diffId };
  });
}

/** The specification's name for layers one over another: of one layer its own digest, then of the two before and the next. */
export function chainId(layers: readonly { readonly diffId: string }[]): string {
  return layers
    .map(({ diffId }) => diffId)
    .reduce(
      (chain, next) =>
        chain === '' ? next : `sha256:${createHash('sha256').update(`${chain} ${next}`).digest('hex')}`,
      '',
    );
}
