/** A policy of many allow and deny statements whose prefixes lie in each other: what overlaps must not multiply. */

/** A policy with this many statements over ten containers, the same text for the same number. */
export function generateNestedPolicy(statements: number): string {
  const lines = [
    'host edge {',
    '  interface wan0 { address 198.18.0.1/15, 2001:db8:ffff::1/64 }',
    '  ip-forward on',
    '}',
    ...Array.from(
      { length: 10 },
      (_, index) => `network net${index} { subnet 172.20.${index}.0/24, fd00:20:${index}::/64 }`,
    ),
    ...Array.from(
      { length: 10 },
      (_, index) => `container c${index} { attach net${index}; expose 8080/tcp; publish ${8000 + index}:8080 }`,
    ),
    ...Array.from({ length: statements }, (_, index) => statement(index)),
  ];
  return `${lines.join('\n')}\n`;
}

const services = ['8080/tcp', '8000-8999/tcp', '53/udp', 'any', '8050-9050/tcp', 'icmp'] as const;

function statement(index: number): string {
  const word = index % 3 === 2 ? 'deny' : 'allow';
  const prefix = index % 2 === 0 ? nested4(index) : nested6(index);
  const service = services[Math.floor(index / 7) % services.length] ?? 'any';
  const container = `c${index % 10}`;
  return index % 5 < 3
    ? `${word} ${prefix} -> ${container} ${service}`
    : `${word} ${container} -> ${prefix} ${service}`;
}

/** Lengths 8 to 32 of an address in 11.0.0.0/8: each one lies in all the shorter ones of its branch. */
function nested4(index: number): string {
  const length = 8 + (Math.floor(index / 2) % 25);
  const low = scatter(index) & 0xff_ffff;
  const address = ((0x0b00_0000 + low) & (length === 32 ? -1 : ~(0xffff_ffff >>> length))) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')}/${length}`;
}

/** Lengths 32 to 64 of an address in 2001:db8::/32. */
function nested6(index: number): string {
  const length = 32 + (Math.floor(index / 2) % 33);
  const low = (scatter(index) & (length === 64 ? -1 : ~(0xffff_ffff >>> (length - 32)))) >>> 0;
  return `2001:db8:${(low >>> 16).toString(16)}:${(low & 0xffff).toString(16)}::/${length}`;
}

/** Spreads numbers over 32 bits, always in the same way (Knuth's multiplicative hash); few branches, so that they nest. */
function scatter(index: number): number {
  return Math.imul(Math.floor(index / 100) + 1, 0x9e37_79b1) >>> 0;
}
