/** The semantic difference of rules: nothing where nothing changes, and every change seen by the simulator too. */
import { describe, expect, test } from 'vitest';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import {
  compareRules,
  completedView,
  endsText,
  type FlowChange,
  fateText,
  mergedView,
} from '../../../src/verifier/verifier.ts';
import { compiledPolicy } from '../../support/compiled.ts';
import { emitted } from '../support.ts';

const head = `host edge {
  interface lan0 { address 192.168.1.5/24 }
  interface wan0 { address 203.0.113.10/24 }
  route default via 203.0.113.1
}
zone office   = 192.168.1.0/24 on lan0
zone internet = any on wan0
network front { bridge docker0; subnet 172.17.0.0/16; icc off }
`;
const web = 'container web { attach front 172.17.0.2; expose 80/tcp; publish 8080:80 }\n';
const db = 'container db { attach front 172.17.0.3; expose 5432/tcp }\n';

function between(before: string, after: string): readonly FlowChange[] {
  const [old, now] = [compiledPolicy(head + before), compiledPolicy(head + after)];
  const { view } = mergedView(completedView(old.meaning), completedView(now.meaning));
  return compareRules(view, [emitted(old)], [emitted(now)], { policies: [old.meaning, now.meaning] }).changes;
}

const line = ({ kind, packets, from, to, services, before, after }: FlowChange): string =>
  `${packets === 'first packets' ? '' : `${packets}: `}${kind} ${endsText(from, 'anyone')} -> ${endsText(to, 'anywhere')} ${services.join(', ')} (${before} -> ${after})`;

describe('two policies', () => {
  test('the same one: nothing', () => {
    expect(between(web + db, db + web)).toEqual([]);
  });

  test('a statement that opens', () => {
    expect(between(web + db, `${web}${db}allow web -> db 5432/tcp\n`).map(line)).toEqual([
      'opens web -> db 5432/tcp (blocked -> delivered)',
    ]);
  });

  test('ports next to each other and services are one line', () => {
    const services = '80-90/tcp, 91/tcp, 53/udp, icmp echo-request';
    expect(between(web + db, `${web}${db}allow office -> db ${services}\n`).map(line)).toEqual([
      'opens office -> db icmp echo-request, 80-91/tcp, 53/udp (blocked -> delivered)',
    ]);
  });

  test('a deny that closes what was allowed, and says so to the sender', () => {
    const open = `${web}${db}allow office -> web any\n`;
    expect(between(open, `${open}deny office -> web 22/tcp reject\n`).map(line)).toEqual([
      'closes office -> web 22/tcp (delivered -> blocked)',
    ]);
    expect(
      between(`${open}deny office -> web 22/tcp\n`, `${open}deny office -> web 22/tcp reject\n`).map(line),
    ).toEqual(['refuses office -> web 22/tcp (dropped -> rejected (tcp-reset))']);
  });

  test('a publication that goes elsewhere', () => {
    const moved = 'container web { attach front 172.17.0.2; expose 80/tcp }\n';
    const other = db.replace('expose', 'publish 8080:80; expose');
    const lines = between(web + db, moved + other).map(line);
    expect(lines.join('\n')).toMatch(
      /translates .* -> edge 8080\/tcp \(reaches web \(172.17.0.2\) port 80.* -> reaches db \(172.17.0.3\) port 80/,
    );
  });
});

/** Every rule of the emitted rules left out, one at a time. */
function* withoutEachRule(ruleset: Ruleset): Generator<{ readonly what: string; readonly rules: Ruleset }> {
  for (const table of ruleset.tables)
    for (const chain of table.chains)
      for (const index of chain.rules.keys()) {
        const less = { ...chain, rules: chain.rules.filter((_, at) => at !== index) };
        const tables = ruleset.tables.map((one) =>
          one === table ? { ...one, chains: one.chains.map((other) => (other === chain ? less : other)) } : one,
        );
        yield { what: `${table.family} ${chain.name} rule ${index + 1}`, rules: { tables } };
      }
}

test('rules without one of them: what changes is what the simulator sees change', () => {
  const compiled = compiledPolicy(`${head}${web}${db}allow office -> db 5432/tcp\n`);
  const rules = emitted(compiled);
  const kinds = new Set<string>();
  let changed = 0;
  const wrong: string[] = [];
  for (const { what, rules: less } of withoutEachRule(rules)) {
    const { changes } = compareRules(completedView(compiled.meaning), [rules], [less], {
      policies: [compiled.meaning],
    });
    if (changes.length > 0) changed++;
    for (const change of changes) {
      kinds.add(change.packets);
      const { text, confirmed, before, after } = change.example;
      const fates = [before, after].map((fate) => (fate === undefined ? '' : fateText(fate)));
      if (confirmed !== true) wrong.push([what, line(change), text, ...fates].join(' | '));
    }
  }
  expect(wrong).toEqual([]);
  expect(changed).toBeGreaterThan(10);
  expect([...kinds]).toEqual(expect.arrayContaining(['first packets', 'replies', 'forged packets']));
});
