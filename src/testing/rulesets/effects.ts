/** Random statements that do something, and random ends of rules. */

import fc from 'fast-check';
import { constant, ct, meta, payload } from '../../ruleset/expression.ts';
import { accept, drop, returnFromChain, type Statement } from '../../ruleset/statement.ts';
import { type DataType, integer } from '../../ruleset/value.ts';
import { between, chance, type Draw, pick, some } from './draw.ts';
import { fieldsFor } from './fields.ts';
import type { Headers, Place } from './place.ts';
import { drawInterval } from './values.ts';

export function drawEffect(draw: Draw, place: Place, headers: Headers): Statement {
  const choices: readonly (() => Statement | undefined)[] = [
    () => ({ kind: 'counter', packets: between(draw, 0, 9), bytes: between(draw, 0, 999) }),
    () => ({
      kind: 'limit',
      rate: between(draw, 1, 1000),
      unit: pick(draw, ['second', 'minute', 'hour', 'day', 'week'] as const),
      burst: between(draw, 0, 20),
      over: chance(draw, 2),
      of: 'packets',
    }),
    () => ({
      kind: 'limit',
      rate: pick(draw, [1, 1000, 1024, 3 * 1024 * 1024]),
      unit: 'second',
      burst: pick(draw, [0, 2048, 100]),
      over: chance(draw, 2),
      of: 'bytes',
    }),
    () => ({
      kind: 'log',
      prefix: chance(draw, 4) ? undefined : draw(fc.string, { minLength: 1, maxLength: 150 }),
      level: pick(draw, [undefined, 'warn', 'info', 'debug', 'err']),
      group: undefined,
      flags: some(draw, ['tcp sequence', 'tcp options', 'ip options', 'skuid', 'ether']),
    }),
    () => ({ kind: 'log', prefix: 'g', level: undefined, group: between(draw, 0, 7), flags: [] }),
    () => ({ kind: 'assign', target: meta('mark'), value: constant(integer(between(draw, 0, 0xffff_ffff))) }),
    () => ({
      kind: 'assign',
      target: meta('mark'),
      value: {
        kind: 'bitwise',
        operation: pick(draw, ['and', 'or', 'xor'] as const),
        left: meta('mark'),
        right: constant(integer(between(draw, 1, 0xffff))),
      },
    }),
    () =>
      place.family === 'bridge' || place.type === 'nat'
        ? undefined
        : { kind: 'assign', target: ct('mark'), value: meta('mark') },
    () => {
      const set = place.named.sets.find((candidate) => candidate.dynamic);
      const key = set === undefined ? undefined : fieldsFor(set.keyTypes, draw, place, headers);
      if (set === undefined || key === undefined) return undefined;
      const timeout = set.timeout === undefined || chance(draw, 2) ? undefined : between(draw, 1, 60);
      return { kind: 'set-update', operation: pick(draw, ['add', 'update'] as const), set: set.name, key, timeout };
    },
  ];
  return pick(draw, choices)() ?? { kind: 'counter', packets: 0, bytes: 0 };
}

/** The statements that end a rule; a NAT statement with a port has a match on ports before it. */
export function drawEnd(draw: Draw, place: Place, headers: Headers): readonly Statement[] {
  const targets = place.targets.flatMap((chain): Statement[] => [
    { kind: 'verdict', verdict: { kind: 'jump', chain } },
    { kind: 'verdict', verdict: { kind: 'goto', chain } },
  ]);
  const common: readonly (readonly Statement[])[] = [
    [],
    [accept],
    [drop],
    [returnFromChain],
    [{ kind: 'verdict', verdict: { kind: 'continue' } }],
    ...targets.map((target) => [target]),
  ];
  const reject = drawReject(draw, place, headers);
  const nat = place.type === 'nat' ? drawNat(draw, place, headers) : undefined;
  const notrack: readonly (readonly Statement[])[] =
    place.type === 'filter' && place.priority < -200 && place.family !== 'bridge' && place.hook === 'prerouting'
      ? [[{ kind: 'notrack' }]]
      : [];
  return pick(draw, [
    ...common,
    ...notrack,
    ...(reject === undefined ? [] : [[reject]]),
    ...(nat === undefined ? [] : [nat, nat]),
  ]);
}

export function drawReject(draw: Draw, place: Place, headers: Headers): Statement | undefined {
  if (place.family === 'bridge' || place.hook === undefined || place.hook === 'postrouting') return undefined;
  if (place.type === 'nat') return undefined;
  const { network } = headers;
  const choices: Statement[] = [
    ...(headers.transport === 'tcp' ? [{ kind: 'reject', with: 'tcp-reset', code: undefined } as const] : []),
    ...(network === 'ip'
      ? [{ kind: 'reject', with: 'icmp', code: pick(draw, ['admin-prohibited', 'port-unreachable']) } as const]
      : [{ kind: 'reject', with: 'icmpv6', code: pick(draw, ['no-route', 'policy-fail']) } as const]),
    ...(place.family === 'inet'
      ? [{ kind: 'reject', with: 'icmpx', code: pick(draw, ['host-unreachable', 'port-unreachable']) } as const]
      : []),
  ];
  return pick(draw, choices);
}

export function drawNat(draw: Draw, place: Place, headers: Headers): readonly Statement[] | undefined {
  const { network, transport } = headers;
  if (network === undefined) return undefined;
  const family = place.family === 'inet' ? network : undefined;
  const addressType: DataType = network === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const ports = transport === 'tcp' || transport === 'udp' || transport === 'sctp';
  const guard: readonly Statement[] = ports
    ? [
        {
          kind: 'match',
          left: payload(transport, 'dport'),
          operator: '!=',
          right: { kind: 'value', value: integer(7) },
        },
      ]
    : [];
  const port =
    ports && chance(draw, 2) ? ({ kind: 'value', value: drawInterval(draw, 'inet_service') } as const) : undefined;
  const flags = some(draw, ['random', 'fully-random', 'persistent'] as const);
  const rest = { port, shiftBase: undefined, flags } as const;
  const destination = place.hook === 'prerouting' || place.hook === 'output';
  if (destination && chance(draw, 3))
    return [...guard, { kind: 'nat', type: 'redirect', family: undefined, address: undefined, ...rest }];
  if (place.hook === 'postrouting' && chance(draw, 2))
    return [...guard, { kind: 'nat', type: 'masquerade', family: undefined, address: undefined, ...rest }];
  const map = place.named.maps.find((candidate) => candidate.dataTypes[0] === addressType);
  const key = map === undefined ? undefined : fieldsFor(map.keyTypes, draw, place, headers);
  const address =
    map !== undefined && key !== undefined
      ? ({ kind: 'expression', expression: { kind: 'map', key, map: { kind: 'named', name: map.name } } } as const)
      : ({ kind: 'value', value: drawInterval(draw, addressType) } as const);
  return [...guard, { kind: 'nat', type: destination ? 'dnat' : 'snat', family, address, ...rest }];
}
