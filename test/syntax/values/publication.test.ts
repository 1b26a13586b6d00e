import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../../src/syntax/parse.ts';
import { complaints } from '../../support/parse-policy.ts';

const publish = (form: string): string => complaints(`container c { publish ${form} }`).join(' ');

describe('publications', () => {
  test.each([
    ['8000-8010:9000', 'CTFW1046 "8000-8010:9000"'],
    ['8000:9000-9010', 'CTFW1046 "8000:9000-9010"'],
    ['8000-8010:9000-9009', 'CTFW1046 "8000-8010:9000-9009"'],
    ['10.0.0.1:8000-8001:80', 'CTFW1046 "10.0.0.1:8000-8001:80"'],
    ['192.168.1.5:80', 'CTFW1047 "192.168.1.5:80"'],
    ['localhost:80:80', 'CTFW1047 "localhost"'],
    [':80', 'CTFW1047 ":80"'],
    ['::80', 'CTFW1047 "::80"'],
    ['fd00::1:80:80', 'CTFW1047 "fd00::1:80:80"'],
    ['[::1:80:80', 'CTFW1047 "[::1:80:80"'],
    ['[::1]80', 'CTFW1047 "[::1]80"'],
    ['[::1]:80', 'CTFW1047 "[::1]:80"'],
    ['[::1]:80:80:80', 'CTFW1047 "[::1]:80:80:80"'],
    ['[10.0.0.1]:80:80', 'CTFW1047 "[10.0.0.1]"'],
    ['[::g]:80:80', 'CTFW1033 "g"'],
    ['8080/tcp:80', 'CTFW1047 "/tcp"'],
    ['80:80/tcp/udp', 'CTFW1044 "/udp"'],
    ['0:80', 'CTFW1041 "0"'],
    ['80:', 'CTFW1040 ""'],
    ['256.0.0.1:80:80', 'CTFW1031 "256"'],
    ['10.0.0.0/8:80:80', 'CTFW1047 "/8"'],
    ['http', 'CTFW1040 "http"'],
  ])('%s', (form, expected) => {
    expect(publish(form)).toBe(expected);
  });

  test('an IPv6 address without brackets is given them', () => {
    const text = 'container c { publish fd00::1:8080:80 }';
    expect(parsePolicy({ name: 'test', text }).diagnostics[0]?.edit?.replacement).toBe('[fd00::1]:8080:80');
  });

  test('the edit for unequal lengths has equal ones', () => {
    const text = 'container c { publish 8000-8010:9000 }';
    const [diagnostic] = parsePolicy({ name: 'test', text }).diagnostics;
    const edit = diagnostic?.edit ?? { span: { start: 0, end: 0 }, replacement: '' };
    const mended = text.slice(0, edit.span.start) + edit.replacement + text.slice(edit.span.end);
    expect(mended).toBe('container c { publish 8000-8010:9000-9010 }');
    expect(complaints(mended)).toEqual([]);
  });

  test('any text of their characters is read or complained about, never both', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f:.[\]/tcpud-]{1,24}$/), (form) => {
        const { file, diagnostics } = parsePolicy({ name: 'test', text: `container c { publish ${form} }` });
        const [container] = file.statements;
        const items = container?.kind === 'container' ? container.items.length : -1;
        expect(items).toBe(diagnostics.length === 0 ? 1 : 0);
      }),
      { numRuns: 2000 },
    );
  });
});
