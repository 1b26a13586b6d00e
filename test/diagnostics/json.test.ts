import { expect, test } from 'vitest';
import { diagnosticsToJson } from '../../src/diagnostics/json.ts';

test('places are in bytes, lines and columns', () => {
  const file = { name: 'edge.ctfw', text: '# größer 🦊\nzone 1x = any\n' };
  const start = file.text.indexOf('1x');
  const span = { file, start, end: start + 2 };
  const [value] = diagnosticsToJson([
    {
      code: 'CTFW1020',
      severity: 'error',
      message: 'no name',
      span,
      related: [{ span: { file, start: 0, end: 3 }, message: 'here' }],
      help: 'rename it',
      edit: { span, replacement: '_1x', safe: false },
    },
  ]);
  const bytes = Buffer.from(file.text);
  const range = {
    start: { byte: bytes.indexOf('1x'), line: 2, column: 6 },
    end: { byte: bytes.indexOf('1x') + 2, line: 2, column: 8 },
  };
  expect(value).toEqual({
    code: 'CTFW1020',
    severity: 'error',
    message: 'no name',
    file: 'edge.ctfw',
    range,
    related: [
      {
        message: 'here',
        file: 'edge.ctfw',
        range: { start: { byte: 0, line: 1, column: 1 }, end: { byte: 3, line: 1, column: 4 } },
      },
    ],
    help: 'rename it',
    edit: { file: 'edge.ctfw', range, replacement: '_1x', safe: false },
  });
});

test('what a diagnostic does not have is not there', () => {
  const span = { file: { name: 'x', text: 'abc' }, start: 0, end: 1 };
  const [value] = diagnosticsToJson([{ code: 'CTFW1020', severity: 'hint', message: 'm', span, related: [] }]);
  expect(Object.keys(value ?? {})).toEqual(['code', 'severity', 'message', 'file', 'range', 'related']);
});
