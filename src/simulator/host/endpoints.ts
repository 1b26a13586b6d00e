/** The programs of a host as far as packets show them: listeners, sockets and TCP connections. */
import type { AddressDatum } from '../packet/datum.ts';
import type { SendError } from './events.ts';

/** A program that listens on all addresses of the host. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** UDP: echoes what it gets. TCP accepts always. */
  readonly answers: boolean;
}

export interface UdpSocket {
  readonly port: number;
  readonly address: AddressDatum;
  readonly remote: { readonly address: AddressDatum; readonly port: number } | undefined;
}

/** `time-wait`: both sides have closed, this one first. */
export type TcpSocketState = 'syn-sent' | 'syn-received' | 'established' | 'time-wait' | 'closed';

export type ConnectError = 'ECONNREFUSED' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'EACCES' | 'ENOPROTOOPT' | SendError;

export interface TcpSocket {
  readonly local: { readonly address: AddressDatum; readonly port: number };
  readonly remote: { readonly address: AddressDatum; readonly port: number };
  state: TcpSocketState;
  /** Both ends agreed on timestamps in every segment. */
  readonly timestamps: boolean;
  /** The next sequence number to send, and the next one expected. */
  sendNext: number;
  receiveNext: number;
  /** When data came last; a program that answers data with data makes the kernel wait with acknowledgements. */
  lastData: number;
  interactive: boolean;
  acknowledgementDue: boolean;
  /** When the last answer to a segment out of the window went out; they are limited to two a second. */
  lastChallenge: number;
  error: ConnectError | undefined;
  /** Which sides have sent their FIN. */
  sentFin: boolean;
  receivedFin: boolean;
}

export function socketKey(local: AddressDatum, localPort: number, remote: AddressDatum, remotePort: number): string {
  return `${local} ${localPort} ${remote} ${remotePort}`;
}

export class Endpoints {
  listeners: readonly Listener[] = [];
  /** Ports for which the host sends neither resets nor port unreachable: raw senders that expect answers. */
  quietPorts: { readonly first: number; readonly last: number } | undefined = undefined;
  /** Protocols beside TCP, UDP and ICMP that some program takes; undefined: all of them. */
  rawProtocols: ReadonlySet<number> | undefined = undefined;
  udpSockets: UdpSocket[] = [];
  tcpSockets = new Map<string, TcpSocket>();
  private nextSequence = 0x5000_0000;
  private nextPort: number;

  /** `ordinal` sets hosts apart, so that their sockets start at different ports. */
  constructor(ordinal = 0) {
    this.nextPort = 32_768 + ((ordinal * 611) % 7000);
  }

  listener(protocol: 'tcp' | 'udp', port: number): Listener | undefined {
    return this.listeners.find((listener) => listener.protocol === protocol && listener.port === port);
  }

  /** Whether a UDP socket takes what comes from there. */
  hasUdpSocket(address: AddressDatum, port: number, from: AddressDatum, fromPort: number): boolean {
    return this.udpSockets.some(
      (socket) =>
        socket.port === port &&
        socket.address === address &&
        (socket.remote === undefined || (socket.remote.address === from && socket.remote.port === fromPort)),
    );
  }

  isQuiet(port: number): boolean {
    return this.quietPorts !== undefined && port >= this.quietPorts.first && port <= this.quietPorts.last;
  }

  takeSequence(): number {
    this.nextSequence = (this.nextSequence + 0x10_0000) >>> 0;
    return this.nextSequence;
  }

  /** A port for a socket that asks for none: the next one of 32768 to 39999. */
  takePort(): number {
    const port = this.nextPort;
    this.nextPort = port === 39_999 ? 32_768 : port + 1;
    return port;
  }

  clone(): Endpoints {
    const copy = new Endpoints();
    copy.listeners = this.listeners;
    copy.quietPorts = this.quietPorts;
    copy.rawProtocols = this.rawProtocols;
    copy.udpSockets = [...this.udpSockets];
    copy.tcpSockets = new Map([...this.tcpSockets].map(([key, socket]) => [key, { ...socket }]));
    copy.nextSequence = this.nextSequence;
    copy.nextPort = this.nextPort;
    return copy;
  }
}
