import { describe, expect, test } from 'vitest';
import { resolved } from './support.ts';

function modes(text: string): Record<string, string> {
  return Object.fromEntries(
    resolved(text).model.containers.map(({ name, mode }) => [
      name,
      mode.kind === 'shared' ? `shares ${mode.container}` : mode.kind,
    ]),
  );
}

describe('network modes', () => {
  test('a chain of shared networks ends at its owner', () => {
    const text =
      'network a { subnet 10.0.0.0/24 }\ncontainer z { network container:y }\ncontainer y { network container:x }\ncontainer x { attach a }\ncontainer h { network host }\ncontainer s { network container:h }\n';
    expect(modes(text)).toEqual({ z: 'shares x', y: 'shares x', x: 'attached', h: 'host', s: 'shares h' });
    expect(resolved(text).diagnostics).toEqual([]);
  });

  test('a circle is one error, and those that lead into it are not shared', () => {
    const text =
      'container a { network container:b }\ncontainer b { network container:c }\ncontainer c { network container:b }\ncontainer d { network container:a }\n';
    expect(resolved(text).diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['CTFW2022', '`b` shares its own network in a circle: b -> c -> b'],
    ]);
    expect(modes(text)).toEqual({ a: 'attached', b: 'attached', c: 'attached', d: 'shares a' });
  });

  test('sharing with oneself is a circle', () => {
    expect(resolved('container a { network container:a }\n').diagnostics.map(({ message }) => message)).toEqual([
      '`a` shares its own network in a circle: a -> a',
    ]);
  });

  test('a long chain is walked once', () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `container c${index} { network container:c${index + 1} }`,
    );
    const result = modes(`${lines.join('\n')}\ncontainer c20000 { network none }\n`);
    expect([result.c0, result.c19999]).toEqual(['shares c20000', 'shares c20000']);
  });

  test('only a container can be shared with', () => {
    expect(
      resolved('network a { subnet 10.0.0.0/24 }\ncontainer x { network container:a }\n').diagnostics.map(
        ({ code }) => code,
      ),
    ).toEqual(['CTFW2004']);
  });

  test('with a mode there is no attachment', () => {
    const { model, diagnostics } = resolved(
      'network a { subnet 10.0.0.0/24 }\ncontainer x { network none; attach a }\ncontainer y { attach a }\n',
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(['CTFW2021']);
    expect(model.containers.map(({ endpoints }) => endpoints.length)).toEqual([0, 1]);
  });

  test('two modes are one too many', () => {
    expect(resolved('container x { network none; network host }\n').diagnostics.map(({ code }) => code)).toEqual([
      'CTFW2005',
    ]);
  });

  test('a container on no network is told so, unless it is connected or plumbed', () => {
    const text =
      'network n { subnet 10.0.0.0/24 }\ncontainer a { }\ncontainer b { }\ncontainer c { }\ncontainer d { plumb eth0 10.0.0.5/24 on n }\nconnect a 10.1.1.1 <-> b 10.1.1.2\n';
    expect(resolved(text).diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['CTFW2028', '`c` is on no network, so it has no address'],
    ]);
  });
});
