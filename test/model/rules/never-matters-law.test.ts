import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostViewOf } from '../../../src/host-view/from-model.ts';
import { routingOf } from '../../../src/host-view/routing.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import type { CheckedModel, Model } from '../../../src/model/model.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { checkModel } from '../../../src/model/rules/check.ts';
import { decide, meaningOf } from '../../../src/policy/decide.ts';
import type { Flow } from '../../../src/policy/flow.ts';
import { address } from '../../host-view/view.ts';
import { parsed } from '../support.ts';

const base = (protect: boolean): string =>
  [
    `host edge { interface wan0 { address 203.0.113.10/24 }; interface lan0 { address 192.168.0.1/24 }; route default via 203.0.113.1; protect host ${protect ? 'on' : 'off'} }`,
    'zone inet = any on wan0',
    'zone office = 192.168.0.0/24 on lan0',
    'network on { subnet 10.0.0.0/24 }',
    'network off { subnet 10.1.0.0/24; icc off }',
    'network inner { subnet 10.2.0.0/24; internal }',
    'network iso { subnet 10.3.0.0/24; gateway-mode isolated }',
    'container a { attach on 10.0.0.2; publish 8080:80 }',
    'container b { attach on 10.0.0.3 }',
    'container c { attach off 10.1.0.2; publish 8081:80 from office }',
    'container d { attach off 10.1.0.3; expose 80 }',
    'container i { attach inner 10.2.0.2 }',
    'container s { attach iso 10.3.0.2 }',
    'container m { attach on 10.0.0.4; attach inner 10.2.0.4 }',
    'link c -> d',
    '',
  ].join('\n');

const subject = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'i',
  's',
  'm',
  'on',
  'off',
  'inner',
  'iso',
  'inet',
  'office',
  'edge',
  'any',
  '10.0.0.0/30',
  '192.168.0.9',
);
const service = fc.constantFrom('', '80/tcp', '8080/tcp', '79-81/tcp', 'tcp', 'any', 'icmp', 'icmp echo-request');
const side = fc.uniqueArray(subject, { minLength: 1, maxLength: 2 });
const statement = fc
  .tuple(fc.constantFrom('allow', 'deny'), side, side, service, fc.boolean())
  .map(([action, from, to, what, reject]) =>
    `${action} ${from.join(', ')} -> ${to.join(', ')} ${what}${action === 'deny' && reject ? ' reject' : ''}`.trimEnd(),
  );

/** Where packets come from and go to: one of each kind that the policy tells apart. */
const places: readonly (readonly [text: string, arrivesBy: string | undefined])[] = [
  ['10.0.0.2', 'br-on'],
  ['10.0.0.3', 'br-on'],
  ['10.0.0.4', 'br-on'],
  ['10.1.0.2', 'br-off'],
  ['10.1.0.3', 'br-off'],
  ['10.2.0.2', 'br-inner'],
  ['10.2.0.4', 'br-inner'],
  ['10.3.0.2', 'br-iso'],
  ['192.168.0.9', 'lan0'],
  ['192.168.0.1', undefined],
  ['203.0.113.10', undefined],
  ['8.8.8.8', 'wan0'],
];

const flows: readonly Flow[] = places.flatMap(([source, arrivesBy]) =>
  places
    .filter(([destination]) => destination !== source)
    .flatMap(([destination]): Flow[] => [
      ...[80, 8080, 22].map((destinationPort) => ({
        source: address(source),
        arrivesBy,
        destination: address(destination),
        protocol: 6,
        sourcePort: 40000,
        destinationPort,
        icmpType: undefined,
      })),
      {
        source: address(source),
        arrivesBy,
        destination: address(destination),
        protocol: 1,
        sourcePort: undefined,
        destinationPort: undefined,
        icmpType: 8,
      },
    ]),
);

function verdicts(model: Model): string[] {
  const [host] = model.hosts;
  if (host === undefined) throw new Error('no host');
  const view = hostViewOf(model, host);
  const meaning = meaningOf(model as CheckedModel, host, view, routingOf(view));
  return flows.map((flow) => decide(meaning, flow).verdict);
}

test('without the statements that can never matter a policy decides every flow as with them', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.boolean(), fc.array(statement, { minLength: 2, maxLength: 6 }), (protect, statements) => {
      const file = parsed(`${base(protect)}${statements.join('\n')}\n`);
      const { model } = resolve([file], emptyLock);
      const { diagnostics } = checkModel(model, [file]);
      const useless = new Set(diagnostics.filter(({ code }) => code === 'CTFW3016').map(({ span }) => span));
      found += useless.size;
      if (useless.size === 0) return;
      const rest = { ...model, access: model.access.filter(({ span }) => !useless.has(span)) };
      expect(verdicts(rest)).toEqual(verdicts(model));
    }),
    { numRuns: 120 },
  );
  expect(found).toBeGreaterThan(20);
});
