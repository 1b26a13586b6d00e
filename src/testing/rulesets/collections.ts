/** Random named sets and maps. */
import type { TableFamily } from '../../ruleset/ruleset.ts';
import type { KeyedCollection, MapData, MapElement, NamedMap, NamedSet } from '../../ruleset/set.ts';
import type { Verdict } from '../../ruleset/statement.ts';
import type { DataType } from '../../ruleset/value.ts';
import { drawComment } from './comments.ts';
import { between, chance, type Draw, many, pick } from './draw.ts';
import { drawKey, drawKeys, drawScalar, orderedTypes } from './values.ts';

export function keyTypesFor(draw: Draw, family: TableFamily): readonly DataType[] {
  const addresses: readonly DataType[] =
    family === 'ip' ? ['ipv4_addr'] : family === 'ip6' ? ['ipv6_addr'] : ['ipv4_addr', 'ipv6_addr'];
  const address = pick(draw, addresses);
  return pick(draw, [
    [address],
    ['mark'],
    ['ifname'],
    ['inet_service'],
    [address, 'inet_service'],
    ['inet_proto', address, 'inet_service'],
    ['ifname', address, 'inet_proto', 'inet_service'],
    ['mark', 'ifname'],
    ...(family === 'bridge' ? [['ether_addr'], ['ether_addr', address]] : []),
  ] as readonly (readonly DataType[])[]);
}

export function drawCollection(draw: Draw, name: string, family: TableFamily): KeyedCollection {
  const keyTypes = keyTypesFor(draw, family);
  return {
    name,
    keyTypes,
    interval: keyTypes.some((type) => orderedTypes.has(type)) && chance(draw, 2),
    counter: chance(draw, 2),
    autoMerge: false,
    dynamic: false,
    timeout: undefined,
  };
}

export function drawSet(draw: Draw, name: string, family: TableFamily): NamedSet {
  const common = drawCollection(draw, name, family);
  const autoMerge = common.interval && common.keyTypes.length === 1 && chance(draw, 3);
  const keys = autoMerge ? many(draw, 0, 6, () => drawKey(draw, common)) : drawKeys(draw, common);
  return { ...common, autoMerge, kind: 'set', elements: keys.map((value) => ({ value, ...drawComment(draw) })) };
}

export function drawDynamicSet(draw: Draw, family: TableFamily): NamedSet {
  const type: DataType = family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
  const timeout = chance(draw, 2) ? between(draw, 1, 3600) : undefined;
  const common = { interval: false, counter: false, autoMerge: false, dynamic: true, timeout } as const;
  return { kind: 'set', name: 'recent', keyTypes: [type], ...common, elements: [] };
}

export function drawMap(draw: Draw, name: string, family: TableFamily, targets: readonly string[]): NamedMap {
  const common = drawCollection(draw, name, family);
  const address: DataType =
    family === 'ip' ? 'ipv4_addr' : family === 'ip6' ? 'ipv6_addr' : pick(draw, ['ipv4_addr', 'ipv6_addr']);
  const dataTypes = pick<NamedMap['dataTypes']>(draw, ['verdict', [address], ['mark'], ['inet_service']]);
  const elements = drawKeys(draw, common).map(
    (key): MapElement => ({ key, data: drawData(draw, dataTypes, targets), ...drawComment(draw) }),
  );
  return { ...common, kind: 'map', dataTypes, elements };
}

export function drawData(draw: Draw, dataTypes: NamedMap['dataTypes'], targets: readonly string[]): MapData {
  if (dataTypes !== 'verdict') return { kind: 'value', value: drawScalar(draw, dataTypes[0] ?? 'mark') };
  const verdict = pick<Verdict>(draw, [
    { kind: 'accept' },
    { kind: 'drop' },
    { kind: 'continue' },
    { kind: 'return' },
    ...targets.map((chain): Verdict => ({ kind: 'jump', chain })),
    ...targets.map((chain): Verdict => ({ kind: 'goto', chain })),
  ]);
  return { kind: 'verdict', verdict };
}
