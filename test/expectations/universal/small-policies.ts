/** Random policies so small that every packet an expectation speaks of can be tried. */
import fc from 'fast-check';

const flag = (text: string): fc.Arbitrary<string> => fc.constantFrom('', text);
const services = fc.constantFrom('', ' 80/tcp', ' 80-82/tcp', ' 81/udp', ' 82/tcp, 80/udp');
const speakers = ['inside', 'outside', 'part', 'one', 'two', 'a', 'b', 'c', 'box'] as const;
const subject = fc.constantFrom(...speakers);
const some = fc.uniqueArray(subject, { minLength: 1, maxLength: 2 }).map((list) => list.join(', '));

const network = (name: string, subnet: string): fc.Arbitrary<string> =>
  fc
    .tuple(flag('; icc off'), flag('; internal'), flag('; masquerade off'), flag('; gateway-mode routed'))
    .map(([icc, internal, masquerade, mode]) => {
      const kind = internal === '' ? mode : '';
      return `network ${name} { subnet ${subnet}${icc}${internal}${masquerade}${kind} }`;
    });

const publication = fc.option(
  fc.tuple(fc.constantFrom('80:81', '82:82', '10.0.0.1:80:80'), fc.option(subject, { nil: undefined })),
  { nil: undefined },
);

const statement = fc
  .tuple(fc.constantFrom('allow', 'deny', 'deny', 'reject'), some, some, services)
  .map(([word, from, to, ports]) =>
    word === 'reject' ? `deny ${from} -> ${to}${ports} reject` : `${word} ${from} -> ${to}${ports}`,
  );

const outcome = fc.constantFrom(
  'allowed',
  'blocked',
  'blocked',
  'rejected',
  'reaches a 81/tcp',
  'reaches a',
  'reaches b 80-82/tcp',
  'leaves as 10.0.0.1',
  'leaves as 10.0.1.1',
);

/** Ports are few: expectations name at most three. */
export const expectedPorts = fc.constantFrom('80/tcp', '80-82/tcp', '81/udp');

const expectation = fc
  .tuple(some, some, expectedPorts, outcome)
  .map(([from, to, ports, end]) => `expect ${from} -> ${to} ${ports} ${end}`);

export const smallPolicyText: fc.Arbitrary<string> = fc
  .tuple(
    flag('; protect host'),
    flag('; transit off'),
    network('one', '172.20.0.0/29'),
    network('two', '172.21.0.0/29'),
    publication,
    fc.array(statement, { maxLength: 4 }),
    fc.array(expectation, { minLength: 3, maxLength: 6 }),
  )
  .map(([protect, transit, one, two, published, statements, expectations]) => {
    const publish =
      published === undefined
        ? ''
        : `; publish ${published[0]}${published[1] === undefined ? '' : ` from ${published[1]}`}`;
    return [
      'host box {',
      '  interface eth0 { address 10.0.0.1/29 }; interface eth1 { address 10.0.1.1/29 }',
      `  route default via 10.0.0.2${protect}${transit}`,
      '}',
      'zone inside = 10.0.1.0/29 on eth1',
      'zone outside = 10.0.0.0/29 on eth0',
      'zone part = 10.0.0.4/30',
      one,
      two,
      `container a { attach one${publish}; expose 80/tcp }`,
      'container b { attach one; attach two }',
      'container c { attach two; expose 81/udp }',
      ...statements,
      ...expectations,
      '',
    ].join('\n');
  });
