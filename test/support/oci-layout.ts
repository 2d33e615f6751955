/** Images in the OCI layout, made blob by blob: right ones, and such as no program would write. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export type Json = Readonly<Record<string, unknown>>;

/** Where a blob is, as everything in a layout says it. */
export interface BlobDescriptor extends Json {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export const sha256 = (bytes: Buffer | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A layout in a folder. */
export class OciLayout {
  readonly path: string;
  readonly #manifests: Json[] = [];

  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    this.write();
  }

  /** Writes a blob and says where it is. */
  blob(content: Buffer | Json, mediaType: string): BlobDescriptor {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = sha256(bytes);
    writeFileSync(join(this.path, 'blobs', digest.replace(':', '/')), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** An image of these layers; `config` and `manifest` are laid over what they would be. */
  image(
    layers: readonly Buffer[],
    { config = {}, manifest = {} }: { config?: Json; manifest?: Json } = {},
  ): BlobDescriptor {
    const document = {
      os: 'linux',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
      ...config,
    };
    return this.blob(
      {
        schemaVersion: 2,
        config: this.blob(document, 'application/vnd.oci.image.config.v1+json'),
        layers: layers.map((layer) => this.blob(gzipSync(layer), 'application/vnd.oci.image.layer.v1.tar+gzip')),
        ...manifest,
      },
      'application/vnd.oci.image.manifest.v1+json',
    );
  }

  index(manifests: readonly Json[]): BlobDescriptor {
    return this.blob({ schemaVersion: 2, manifests }, 'application/vnd.oci.image.index.v1+json');
  }

  /** Gives an image (or an index) a name; without a tag it has none. */
  tag(descriptor: Json, tag?: string): this {
    const annotations = tag === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': tag } };
    this.#manifests.push({ ...descriptor, ...annotations });
    return this.write();
  }

  write(): this {
    writeFileSync(join(this.path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: this.#manifests }));
    return this;
  }
}
