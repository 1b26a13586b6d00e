/** Words of compose files and `docker run`, and what says the same here: for people who bring them along. */

/** What to write instead, as a sentence. */
const instead: ReadonlyMap<string, string> = new Map([
  ['ports', 'publish a port with `publish 8080:80`'],
  ['port', 'publish a port with `publish 8080:80`'],
  ['p', 'publish a port with `publish 8080:80`'],
  ['networks', 'attach the container to a network with `attach NETWORK`'],
  ['net', 'attach the container to a network with `attach NETWORK`'],
  ['network_mode', 'write `network host`, `network none` or `network container:NAME`'],
  ['links', 'links stand outside of all blocks: `link web -> db`'],
  ['services', 'each service is a block of its own: `container web { ... }`'],
  ['service_name', 'the name stands behind `container`'],
  ['container_name', 'the name stands behind `container`'],
  ['aliases', 'write `alias NAME`'],
  ['ipv4_address', 'the address stands behind the network: `attach front 172.17.0.2`'],
  ['ipv6_address', 'the address stands behind the network: `attach front fd00:17::2`'],
  ['mac_address', 'write `attach front { mac 02:42:ac:11:00:02 }`'],
  ['enable_icc', 'write `icc on` or `icc off`'],
  ['driver', 'a network is a bridge unless it says `physical`, `macvlan` or `switch`'],
  ['ipam', 'write `subnet` and `gateway`'],
  ['image', 'a policy says nothing about images: leave it out'],
  ['volumes', 'a policy says nothing about volumes: leave it out'],
  ['environment', 'a policy says nothing about environments: leave it out'],
  ['depends_on', 'a policy says nothing about the order of starting: leave it out'],
  ['restart', 'a policy says nothing about starting: leave it out'],
]);

/** The advice for a word that a compose file would have here; undefined for other words. A colon behind it is YAML's. */
export function adviceForComposeWord(word: string): string | undefined {
  return instead.get(word.toLowerCase().replace(/^-+|:$/g, ''));
}
