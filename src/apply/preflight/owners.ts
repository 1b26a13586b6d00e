/** Who is known to write a table or chain, by its name. */

const owners: readonly (readonly [pattern: RegExp, owner: string])[] = [
  [/^CTFW-/, 'ctfw for another target'],
  [/^docker|^DOCKER/, 'Docker'],
  [/^netavark$|^NETAVARK/, 'Podman (netavark)'],
  [/^CNI-|^cni_/, 'CNI'],
  [/^firewalld$|^(IN|FWD|PRE|POST)_|^filter_(IN|FWD|FORWARD|INPUT)_/, 'firewalld'],
  [/^ufw6?-/, 'ufw'],
  [/^kube-proxy$|^KUBE-/, 'kube-proxy'],
  [/^cali-/, 'Calico'],
  [/^CILIUM/, 'Cilium'],
  [/^LIBVIRT_|^libvirt/, 'libvirt'],
  [/^incus|^lxd/, 'LXD or Incus'],
];

export function ownerOf(...names: readonly string[]): string | undefined {
  return owners.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
