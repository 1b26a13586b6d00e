import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html, joined, stylesheet } from '../../../../src/cli/report/markup/html.ts';

test('what is inserted is text, whatever it is; what a template made stays', () => {
  expect(`${html`<p title="${'"<'}">${'a & <b>'}${html`<i>${1}</i>`}${['x', html`<br>`]}${undefined}</p>`}`).toBe(
    '<p title="&quot;&lt;">a &amp; &lt;b&gt;<i>1</i>x<br></p>',
  );
  expect(`${joined(['a', '<'], html`<br>`)}`).toBe('a<br>&lt;');
});

test('no text brings markup or a control character into the page', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const made = `${html`${text}`}`;
      expect(made).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      expect(made).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test('objects that only look like HTML are no insertable', () => {
  const fake = { toString: () => '<script>' } as never;
  expect(() => `${html`${fake}`}`).toThrow();
});

test('a style sheet holds no markup', () => {
  expect(() => stylesheet('</style><script>')).toThrow(RangeError);
});
