import { expect, test } from 'vitest';
import { notInLab } from '../../src/lab/not-in-lab.ts';
import { aHost, aModel, aNetwork } from './support/models.ts';

test('switch networks are named', () => {
  const host = aHost({ name: 'a' });
  const networks = [
    aNetwork('front', 'docker0', ['172.17.0.1/16']),
    aNetwork('blue', 'ovs1', ['10.0.0.1/24'], { networkKind: 'switch' }),
    aNetwork('far', 'ovs2', ['10.0.1.1/24'], { networkKind: 'switch', hosts: [{ host: 'b', via: undefined }] }),
  ];
  expect(notInLab(aModel({ hosts: [host], networks }), host).map(({ code, message }) => [code, message])).toEqual([
    ['CTFW7001', 'The lab does not build the network blue: it is a switch network.'],
  ]);
});
