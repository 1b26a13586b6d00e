/** Checks named sets and maps with their elements. */
import type { KeyedCollection, MapData, NamedMap, NamedSet } from '../set.ts';
import type { DataType } from '../value.ts';
import { checkDistinct } from './check-elements.ts';
import { checkValue, type Shape } from './check-value.ts';
import type { Problems } from './problems.ts';
import { isJump, type TableView } from './table-view.ts';
import { keySize, maximumKeySize } from './type-size.ts';

function checkTypes(types: readonly DataType[], what: string, problems: Problems): void {
  const size = keySize(types);
  if (types.length === 0) problems.add(`${what} has no type`);
  else if (size === undefined) problems.add(`${what} of type ${types.join(' . ')}, which no set can be declared with`);
  else if (size > maximumKeySize) problems.add(`${what} of ${size} bytes, where ${maximumKeySize} fit`);
}

function shapeOf(collection: KeyedCollection): Shape {
  return collection.interval ? 'interval' : 'single';
}

export function checkSet(set: NamedSet, problems: Problems): void {
  if (set.autoMerge && (!set.interval || set.keyTypes.length > 1))
    problems.add('elements can be merged only in a set of intervals of one type');
  checkTypes(set.keyTypes, 'a key', problems);
  const shape = shapeOf(set);
  for (const { value } of set.elements) checkValue(value, set.keyTypes, shape, problems);
  checkDistinct(
    set.elements.map(({ value }) => value),
    set.autoMerge,
    problems,
  );
}

export function checkMap(map: NamedMap, view: TableView, problems: Problems): void {
  if (map.autoMerge) problems.add('elements of a map cannot be merged');
  checkTypes(map.keyTypes, 'a key', problems);
  const { dataTypes } = map;
  if (dataTypes !== 'verdict') {
    checkTypes(dataTypes, 'data', problems);
    if (dataTypes.length > 1) problems.add('nft 1.0.6 cannot load a named map whose data is a concatenation');
  }
  const shape = shapeOf(map);
  for (const { key, data } of map.elements) {
    checkValue(key, map.keyTypes, shape, problems);
    checkData(data, dataTypes, view, problems);
  }
  checkDistinct(
    map.elements.map(({ key }) => key),
    false,
    problems,
  );
}

/** The data of a map's element; targets of jumps are regular chains of the table. */
export function checkData(
  data: MapData,
  dataTypes: NamedMap['dataTypes'] | undefined,
  view: TableView,
  problems: Problems,
): void {
  if (data.kind === 'verdict') {
    if (dataTypes !== 'verdict') problems.add('a verdict in a map of values');
    if (isJump(data.verdict)) checkTarget(data.verdict.chain, view, problems);
    return;
  }
  if (dataTypes === 'verdict') problems.add('a value in a map of verdicts');
  else if (dataTypes !== undefined) checkValue(data.value, dataTypes, 'single', problems);
}

/** A chain that can be jumped to: of the same table, and not a base chain [22]. */
export function checkTarget(name: string, view: TableView, problems: Problems): void {
  const chain = view.chains.get(name);
  if (chain === undefined) problems.add(`there is no chain ${name} to go to`);
  else if (chain.base !== undefined) problems.add(`${name} is a base chain, which nothing can go to`);
}
