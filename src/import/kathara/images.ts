/** What Kathará's images have in them: programs of Debian, which have to be on this machine. */

/** The packages of Debian behind an image, where those of a usual machine will not do. */
const PACKAGES: Readonly<Record<string, string>> = {
  base: '',
  quagga: 'frr, which reads what was written for quagga',
  frr: 'frr',
  bind: 'bind9',
  openvswitch: 'openvswitch-switch',
  sdn: 'openvswitch-switch',
  wireguard: 'wireguard-tools',
};

/** Says what is needed instead of an image; undefined where nothing is to be said. */
export function imageNeeds(image: string): string | undefined {
  const [, name = ''] = /^(?:docker\.io\/)?kathara\/([\w-]+)(?::[\w.-]+)?$/.exec(image) ?? [];
  const packages = Object.hasOwn(PACKAGES, name) ? PACKAGES[name]! : undefined;
  if (packages === '') return undefined;
  const what =
    packages === undefined
      ? 'what the lab calls of it has to be installed there, or give the node a rootfs: { oci: … }'
      : `install ${packages} (Debian)`;
  return `the image ${image} is not used, programs are this machine's: ${what}`;
}
