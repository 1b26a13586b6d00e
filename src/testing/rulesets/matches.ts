/** Random matches and lookups. */
import { type Expression, masked } from '../../ruleset/expression.ts';
import type { SetElement } from '../../ruleset/set.ts';
import { equals, hasBits, lacksBits, type Statement } from '../../ruleset/statement.ts';
import { typeOf } from '../../ruleset/type-of.ts';
import { type DataType, integer } from '../../ruleset/value.ts';
import { between, chance, type Draw, many, pick } from './draw.ts';
import { drawField, fieldsFor, fixesProtocol } from './fields.ts';
import type { Headers, Place } from './place.ts';
import { distinct, drawInterval, drawScalar, isAddress, orderedTypes } from './values.ts';

export function drawMatch(draw: Draw, place: Place, headers: Headers): Statement {
  if (chance(draw, 4)) {
    const lookup = drawLookup(draw, place, headers);
    if (lookup !== undefined) return lookup;
  }
  const field = drawField(draw, place, headers);
  const type = typeOf(field)[0] ?? 'integer';
  const operator = fixesProtocol(field) ? '!=' : pick(draw, ['==', '!='] as const);
  if (type === 'ct_state' || type === 'ct_status' || type === 'tcp_flag') {
    const bits = between(draw, 1, type === 'ct_state' ? 15 : 63);
    if (type === 'tcp_flag' && chance(draw, 3)) return equals(masked(field, integer(18)), integer(2));
    return operator === '==' ? hasBits(field, bits) : lacksBits(field, bits);
  }
  if (type === 'mark' && chance(draw, 3)) {
    const bits = pick(draw, [1, 0x10, 0xff00]);
    return chance(draw, 2) ? hasBits(field, bits) : equals(masked(field, integer(0xff)), integer(bits & 0xff || 1));
  }
  if (orderedTypes.has(type) && type !== 'inet_proto' && chance(draw, 4) && !isAddress(type))
    return {
      kind: 'match',
      left: field,
      operator: pick(draw, ['<', '>', '<=', '>='] as const),
      right: { kind: 'value', value: integer(between(draw, 2, 200)) },
    };
  if (chance(draw, 3) && type !== 'iface_index') return anonymousMatch(draw, field, type, operator);
  return { kind: 'match', left: field, operator, right: { kind: 'value', value: drawInterval(draw, type) } };
}

export function anonymousMatch(draw: Draw, left: Expression, type: DataType, operator: '==' | '!='): Statement {
  const elements = distinct(many(draw, 2, 4, () => drawScalar(draw, type))).map(
    (value): SetElement => ({ value, origins: [] }),
  );
  const [first] = elements;
  if (elements.length < 2) {
    const value = first?.value ?? drawScalar(draw, type);
    return { kind: 'match', left, operator, right: { kind: 'value', value } };
  }
  return { kind: 'match', left, operator, right: { kind: 'set', set: { kind: 'anonymous', elements } } };
}

export function drawLookup(draw: Draw, place: Place, headers: Headers): Statement | undefined {
  const sets = place.named.sets.filter((set) => !set.dynamic);
  const verdicts = place.named.maps.filter((map) => map.dataTypes === 'verdict');
  if (sets.length > 0 && (verdicts.length === 0 || chance(draw, 2))) {
    const set = pick(draw, sets);
    const left = fieldsFor(set.keyTypes, draw, place, headers);
    if (left === undefined) return undefined;
    const operator = pick(draw, ['==', '!='] as const);
    return { kind: 'match', left, operator, right: { kind: 'set', set: { kind: 'named', name: set.name } } };
  }
  if (verdicts.length === 0 || place.hook === undefined) return undefined;
  const map = pick(draw, verdicts);
  const key = fieldsFor(map.keyTypes, draw, place, headers);
  return key === undefined ? undefined : { kind: 'vmap', key, map: { kind: 'named', name: map.name } };
}
