/** Any bit of the packet mark may be the one that guards bridged traffic; nft lists tests of the uppermost as a range. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { prove } from '../../src/verifier/proof/prove.ts';
import { emitted, resultOf } from './support.ts';

const text = readFileSync(new URL('../../examples/edge.ctfw', import.meta.url), 'utf8');

test.each([0, 12, 30, 31])('the rules are proved with bit %i of the mark', (bit) => {
  const options = { markBit: (1 << bit) >>> 0 };
  const { compiled } = compile({ name: 'edge.ctfw', text }, () => ({ error: 'nothing' }), emptyLock, options);
  expect(compiled.map((one) => resultOf(prove(one.meaning, [emitted(one)])))).toEqual(['proved']);
});
