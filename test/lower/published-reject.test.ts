/** Denies that reject the container behind a published port are said for the port too, for each kind of right side. */
import { expect, test } from 'vitest';
import { emitText } from '../../src/backends/nftables/emit-text.ts';
import { compiledPolicy } from '../support/compiled.ts';

const containers = Array.from(
  { length: 12 },
  (_, index) =>
    `container c${index} { attach ${index < 6 ? 'a' : 'b'} 10.${index < 6 ? 1 : 2}.0.${index + 2}; publish ${81 + index}:80 }`,
);

/** Ports whose packets are rejected where they are judged as they were sent to the host, with a deny that drops all of them. */
function rejected(target: string): readonly number[] {
  const { ruleset } = compiledPolicy(`host edge { interface wan0 { address 198.18.0.1/15 } }
zone internet = any on wan0
network a { subnet 10.1.0.0/24 }
network b { subnet 10.2.0.0/24 }
${containers.join('\n')}
deny internet -> edge 81-92/tcp
deny internet -> ${target} reject
`);
  const lines = emitText(ruleset).split('\n');
  const start = lines.findIndex((line) => line.includes('set deny-to-host.reject.v4'));
  if (start < 0) return [];
  const end = lines.findIndex((line, index) => index > start && line.trim() === '}');
  const text = lines.slice(start, end).join('\n');
  return [...text.matchAll(/tcp \. (\d+)/g)].map(([, port]) => Number(port)).sort((left, right) => left - right);
}

test.each([
  ['c3 80/tcp', [84]],
  ['c3 81/tcp', []],
  ['a 80/tcp', [81, 82, 83, 84, 85, 86]],
  ['b tcp', [87, 88, 89, 90, 91, 92]],
  ['10.1.0.4/30 80/tcp', [83, 84, 85, 86]],
  ['10.1.0.7/32 80/tcp', [86]],
  ['10.2.0.8/31, c0 80/tcp', [81, 87, 88]],
  ['10.3.0.0/16 80/tcp', []],
  ['10.0.0.0/8 80/tcp', [81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92]],
])('a deny that rejects %s', (target, ports) => {
  expect(rejected(target)).toEqual(ports);
});
