// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of compose files are written so
/** What can be wrong with, or lost from, a file that a policy is imported from. */
import type { CatalogueEntry } from '../entry.ts';

export const yamlSyntax: CatalogueEntry = {
  code: 'CTFW6001',
  severity: 'error',
  title: 'The file is not valid YAML',
  explanation:
    'A compose file is a YAML 1.2 document. The place is where reading had to stop; the mistake is often on the line before it: a missing colon or quote, a tab, or an indentation that does not fit.',
  example: undefined,
};

export const severalDocuments: CatalogueEntry = {
  code: 'CTFW6002',
  severity: 'error',
  title: 'The file holds more than one document',
  explanation:
    'A compose file is one YAML document. `---` begins another one; import each file by itself, or the output of `docker compose config`.',
  example: undefined,
};

export const duplicateKey: CatalogueEntry = {
  code: 'CTFW6003',
  severity: 'error',
  title: 'A key is written twice in the same mapping',
  explanation:
    'Neither YAML nor JSON gives a meaning to the second one, and programs differ in which one they take. Keep one of them.',
  example: undefined,
};

export const tooLarge: CatalogueEntry = {
  code: 'CTFW6004',
  severity: 'error',
  title: 'The file is larger, or nested deeper, than any file that is imported',
  explanation:
    'Files that stand for very many values by aliases, or nest very deep, are refused so that reading always ends.',
  example: undefined,
};

export const badShape: CatalogueEntry = {
  code: 'CTFW6005',
  severity: 'error',
  title: 'A value has the wrong form for its key',
  explanation:
    'The compose specification says for each key whether it takes a single value, a list or a mapping; the API of the engine says the same of what `docker inspect` prints.',
  example: undefined,
};

export const noServices: CatalogueEntry = {
  code: 'CTFW6006',
  severity: 'error',
  title: 'The file has no services',
  explanation: 'A policy is made from the services below `services:` at the top of the file.',
  example: undefined,
};

export const notImported: CatalogueEntry = {
  code: 'CTFW6007',
  severity: 'error',
  title: 'The file takes parts from other files',
  explanation:
    '`include` and `extends` are not followed: what they bring in would be missing in the policy, ports and networks with it. `docker compose config` prints everything as one file, which can be imported.',
  example: undefined,
};

export const badVariable: CatalogueEntry = {
  code: 'CTFW6008',
  severity: 'error',
  title: 'A variable is written wrongly',
  explanation:
    'Compose knows `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`, `${NAME:+other}`, `${NAME+other}`, and `$$` for a dollar sign.',
  example: undefined,
};

export const requiredVariable: CatalogueEntry = {
  code: 'CTFW6009',
  severity: 'error',
  title: 'A required variable has no value',
  explanation: '`${NAME:?message}` refuses to go on without a value. Give the variable one for the import.',
  example: undefined,
};

export const unsetVariable: CatalogueEntry = {
  code: 'CTFW6010',
  severity: 'warning',
  title: 'A variable is not set',
  explanation:
    'It counts as empty, as it does for compose. Set it, or write a default: `${NAME:-default}`. Variables in keys that say nothing about networks are not looked at.',
  example: undefined,
};

export const badPort: CatalogueEntry = {
  code: 'CTFW6011',
  severity: 'error',
  title: 'A published or exposed port is written wrongly',
  explanation:
    'Ports are written as Docker writes them: `80`, `8080:80`, `127.0.0.1:8080:80`, `127.0.0.1::80`, ranges of equal length, and `/udp` or `/sctp` behind. A part that a variable left empty is refused too: it would open every address, or any port.',
  example: undefined,
};

export const freeHostPort: CatalogueEntry = {
  code: 'CTFW6012',
  severity: 'warning',
  title: 'The engine would choose the host port from a range',
  explanation:
    '`8000-8010:80` takes the first port that is free when the container starts. A policy names the port; the first of the range is taken.',
  example: undefined,
};

export const publicationLeftOut: CatalogueEntry = {
  code: 'CTFW6013',
  severity: 'warning',
  title: 'A port is not published in the policy',
  explanation:
    'The engine does not publish it either, or rules cannot: ports that it was asked for and has not bound, ports of containers in network mode host or none, of containers that share a network or have only internal ones, on `::1`, or on an address of a family that the container does not have.',
  example: undefined,
};

export const badValue: CatalogueEntry = {
  code: 'CTFW6014',
  severity: 'error',
  title: 'A value is not of the kind that its key needs',
  explanation:
    'Addresses, subnets, MAC addresses, switches and numbers are checked when they are imported, and never guessed.',
  example: undefined,
};

export const unknownReference: CatalogueEntry = {
  code: 'CTFW6015',
  severity: 'error',
  title: 'A network, service or container that is referred to does not exist',
  explanation:
    'Nothing is imported under a name that the file does not declare. What `docker inspect` prints has to hold the networks of the containers too.',
  example: undefined,
};

export const unknownKey: CatalogueEntry = {
  code: 'CTFW6016',
  severity: 'warning',
  title: 'A key is not known',
  explanation:
    'It was not imported. Compose refuses unknown keys, so in a compose file it is probably a misspelling; in what an engine prints, it is newer than what is known here. If it says something about networks, the policy lacks it.',
  example: undefined,
};

export const notSaid: CatalogueEntry = {
  code: 'CTFW6017',
  severity: 'warning',
  title: 'A key about networks has no word in a policy',
  explanation: 'What it says is not in the policy. The message names the key, and the help what can be said instead.',
  example: undefined,
};

export const renamed: CatalogueEntry = {
  code: 'CTFW6018',
  severity: 'hint',
  title: 'A service, container or network has another name in the policy',
  explanation:
    'Containers (services of a compose file) and networks share one name space in a policy, and their names are letters, digits, `_`, `.` and `-`, beginning with a letter or `_`. The names that containers are found by stay: they become aliases. A network that is called like a container gets the suffix `-net`.',
  example: undefined,
};

export const linkLeftOut: CatalogueEntry = {
  code: 'CTFW6019',
  severity: 'warning',
  title: 'A link is not in the policy',
  explanation:
    'A link of a policy opens the exposed ports of its target on a common network. Where there is no such port or network it would say nothing.',
  example: undefined,
};

export const externalNetwork: CatalogueEntry = {
  code: 'CTFW6020',
  severity: 'warning',
  title: 'A network is made elsewhere',
  explanation:
    'Its subnet, bridge and other containers are unknown here. The policy treats it as its own network: between the containers of this file it is what it is for the engine, and containers that are not declared are kept out. Write its `subnet` and `bridge`, and declare its other containers.',
  example: undefined,
};

export const unsupportedDriver: CatalogueEntry = {
  code: 'CTFW6021',
  severity: 'error',
  title: 'A network driver cannot be imported',
  explanation:
    'Only `bridge`, `macvlan`, `host` and `none` have their equal in a policy. Of what `docker inspect` prints, the other networks are an error only where a container is on them.',
  example: undefined,
};

export const replicas: CatalogueEntry = {
  code: 'CTFW6022',
  severity: 'warning',
  title: 'A service does not run exactly one container',
  explanation:
    'One container stands for the service in the policy. Several containers cannot publish the same port of the host.',
  example: undefined,
};

export const profileKept: CatalogueEntry = {
  code: 'CTFW6023',
  severity: 'hint',
  title: 'A service belongs to a profile',
  explanation: 'Compose starts it only when the profile is active; the policy declares its container in any case.',
  example: undefined,
};

export const engineMakesUp: CatalogueEntry = {
  code: 'CTFW6024',
  severity: 'hint',
  title: 'The engine makes up bridge names or subnets',
  explanation:
    'Rules are bound to bridges and addresses, so the policy and the engine have to agree on them. What is not written, each makes up for itself: write `com.docker.network.bridge.name` and the subnet in the compose file, or `bridge` and `subnet` in the policy, as `docker network inspect` shows them.',
  example: undefined,
};

export const conflictingNetwork: CatalogueEntry = {
  code: 'CTFW6025',
  severity: 'error',
  title: 'Two settings of a network exclude each other',
  explanation:
    '`network_mode` and `networks` exclude each other, and so do the modes host and none and any other network.',
  example: undefined,
};

export const familyWithoutSubnet: CatalogueEntry = {
  code: 'CTFW6026',
  severity: 'warning',
  title: 'An address family of a network is not in the policy',
  explanation:
    'A policy gives a network the families of the subnets that are written; without any it gets an IPv4 one. Write the subnets that the network has.',
  example: undefined,
};

export const gatewayModes: CatalogueEntry = {
  code: 'CTFW6027',
  severity: 'error',
  title: 'The gateway modes of a network cannot be said in a policy',
  explanation: 'A network of a policy has one gateway mode, for both families.',
  example: undefined,
};

export const unprotectedGateway: CatalogueEntry = {
  code: 'CTFW6028',
  severity: 'warning',
  title: 'The gateway mode `nat-unprotected` becomes `nat`',
  explanation:
    '`nat-unprotected` leaves all ports of all containers open to whoever routes to them. The policy opens published ports only.',
  example: undefined,
};

export const foreignContainer: CatalogueEntry = {
  code: 'CTFW6029',
  severity: 'warning',
  title: 'A container shares the network of one that is not in the file',
  explanation:
    'In the policy it has no network, until that container is declared and `network container:NAME` is written.',
  example: undefined,
};

export const networkSysctl: CatalogueEntry = {
  code: 'CTFW6030',
  severity: 'warning',
  title: 'A container changes its own network settings',
  explanation:
    'Settings inside the container are not part of a policy, but they can change what it sends: a container that forwards for others sends from addresses that are not its own.',
  example: undefined,
};

export const meaninglessKey: CatalogueEntry = {
  code: 'CTFW6031',
  severity: 'warning',
  title: 'A key means nothing where it stands',
  explanation: 'It was left out. The engine refuses it or ignores it in this place.',
  example: undefined,
};

export const nameLeftOut: CatalogueEntry = {
  code: 'CTFW6032',
  severity: 'warning',
  title: 'A name cannot be written in a policy',
  explanation:
    'Host names, aliases and search domains are letters, digits, `_` and `-`, in parts that dots separate; resolver options look like `ndots:2`.',
  example: undefined,
};

export const jsonSyntax: CatalogueEntry = {
  code: 'CTFW6033',
  severity: 'error',
  title: 'The text is not valid JSON',
  explanation:
    '`docker inspect` prints JSON (RFC 8259): one list of objects, or several texts one behind the other. The place is the first character that cannot stand where it stands. A message of the engine among them (no such container) is the usual cause; keep standard error apart.',
  example: undefined,
};

export const notInspected: CatalogueEntry = {
  code: 'CTFW6034',
  severity: 'error',
  title: 'The document is not what `docker inspect` prints',
  explanation:
    'A policy is made from containers and networks as `docker inspect $(docker ps -q) $(docker network ls -q)` prints them, or `podman inspect` and `podman network inspect`. Lists of containers (`docker ps --format json`, `/containers/json`) lack most of what is needed.',
  example: undefined,
};

export const leftOutObject: CatalogueEntry = {
  code: 'CTFW6035',
  severity: 'warning',
  title: 'An object of the document is not in the policy',
  explanation:
    'Containers that do not run have no addresses; containers whose network is a program of the host (rootless Podman) are the host to every rule; networks that no policy can say are left out where nobody is on them; images and volumes say nothing about networks.',
  example: undefined,
};

export const containerMissing: CatalogueEntry = {
  code: 'CTFW6036',
  severity: 'warning',
  title: 'A container on a network is not in the document',
  explanation:
    'The engine lists it among those on the network, and it was not inspected. In the policy nobody has its address, so what it sends is dropped as forged. Inspect all running containers, or declare it.',
  example: undefined,
};

export const sameName: CatalogueEntry = {
  code: 'CTFW6037',
  severity: 'error',
  title: 'Two containers, or two networks, have the same name',
  explanation: 'One engine gives a name once, so the document is from several engines. A policy is made for one host.',
  example: undefined,
};

export const networksNotIsolated: CatalogueEntry = {
  code: 'CTFW6038',
  severity: 'warning',
  title: 'The engine does not keep these networks apart',
  explanation:
    'With Podman, containers of different networks reach each other unless a network has the option `isolate`. In a policy, as with Docker, networks are kept apart unless an `allow` says otherwise.',
  example: undefined,
};

export const servedByProxy: CatalogueEntry = {
  code: 'CTFW6039',
  severity: 'hint',
  title: 'A port is served over IPv6 by a program of the engine',
  explanation:
    'Docker binds published ports on `0.0.0.0` and `[::]`. For a container without an IPv6 address its proxy accepts IPv6 connections and makes IPv4 ones of them; no rule has a part in that, so the policy says nothing about it. Give the network an IPv6 subnet where IPv6 is meant.',
  example: undefined,
};

export const importEntries: readonly CatalogueEntry[] = [
  yamlSyntax,
  severalDocuments,
  duplicateKey,
  tooLarge,
  badShape,
  noServices,
  notImported,
  badVariable,
  requiredVariable,
  unsetVariable,
  badPort,
  freeHostPort,
  publicationLeftOut,
  badValue,
  unknownReference,
  unknownKey,
  notSaid,
  renamed,
  linkLeftOut,
  externalNetwork,
  unsupportedDriver,
  replicas,
  profileKept,
  engineMakesUp,
  conflictingNetwork,
  familyWithoutSubnet,
  gatewayModes,
  unprotectedGateway,
  foreignContainer,
  networkSysctl,
  meaninglessKey,
  nameLeftOut,
  jsonSyntax,
  notInspected,
  leftOutObject,
  containerMissing,
  sameName,
  networksNotIsolated,
  servedByProxy,
];
