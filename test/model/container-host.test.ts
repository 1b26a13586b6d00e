import { describe, expect, test } from 'vitest';
import { resolved } from './support.ts';

const hosts = `host a { }
host b { }
network front on a { subnet 172.17.0.0/16 }
network back on b { subnet 172.18.0.0/16 }
network both on b, a { switch ovs1; vlan 7; subnet 10.0.0.0/24 }
`;

function places(text: string): { readonly places: readonly (string | undefined)[]; readonly codes: readonly string[] } {
  const { model, diagnostics } = resolved(text);
  return { places: model.containers.map(({ host }) => host), codes: diagnostics.map(({ code }) => code) };
}

describe('where a container runs', () => {
  test('on the host that it names, else the first that has all of its networks', () => {
    const text = `${hosts}
container one { attach front }
container two { attach both; attach front }
container three { attach both }
container four on a { attach both }
container five { network none }
container six on b { network host }
container seven { network container:six }
`;
    expect(places(text)).toEqual({ places: ['a', 'a', 'b', 'a', 'a', 'b', 'b'], codes: [] });
  });

  test('one host needs no places', () => {
    expect(places('host a { }\nnetwork n { subnet 10.0.0.0/24 }\ncontainer x on a { attach n }\n')).toEqual({
      places: [undefined],
      codes: [],
    });
  });

  test('networks of different hosts, or of another one than named', () => {
    expect(places(`${hosts}container x { attach front; attach back }\n`).codes).toEqual(['CTFW2036']);
    expect(places(`${hosts}container x on b { attach front }\n`).codes).toEqual(['CTFW2036']);
    expect(places(`${hosts}container x on c { attach front }\n`).codes).toEqual(['CTFW2003']);
  });

  test('a container in mode host is the host that it runs on', () => {
    const { model } = resolved(`${hosts}container x on b { network host }\nallow a -> x 9100/tcp\n`);
    expect(model.access[0]?.to.map((subject) => 'name' in subject && `${subject.kind} ${subject.name}`)).toEqual([
      'host b',
    ]);
  });
});
