import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Utf8Offsets } from '../../src/diagnostics/utf8-offsets.ts';

test('byte offsets are those of the encoded text, in any order of asking', () => {
  const units = fc.string({ unit: fc.constantFrom('a', 'é', '東', '🦊', '\n'), minLength: 0, maxLength: 3000 });
  fc.assert(
    fc.property(units, fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (text, questions) => {
      const offsets = new Utf8Offsets(text);
      for (const question of questions) {
        const unit = question % (text.length + 1);
        const insideOfCharacter = /[\udc00-\udfff]/.test(text.charAt(unit));
        const expected = Buffer.byteLength(text.slice(0, insideOfCharacter ? unit + 1 : unit));
        expect(offsets.byteAt(unit)).toBe(expected);
      }
    }),
  );
});

test('half characters count as the replacement character they are encoded as', () => {
  expect(new Utf8Offsets('a\ud800b').byteAt(3)).toBe(Buffer.byteLength('a\ud800b'));
  expect(new Utf8Offsets('\udc00').byteAt(1)).toBe(3);
});

test('offsets behind the end give the length', () => {
  expect(new Utf8Offsets('é').byteAt(99)).toBe(2);
});
