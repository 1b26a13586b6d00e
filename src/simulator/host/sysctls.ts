/** A host's sysctls: texts by dotted name, and what they come to for packets, read once. */
import { type TrackingSettings, trackingSettings } from '../conntrack/settings.ts';

/** Per-interface IPv4 settings, those for all interfaces taken in [108-112, 118]. */
export interface Ipv4Settings {
  readonly rpFilter: number;
  readonly acceptsLocal: boolean;
  readonly routesLocalnet: boolean;
  readonly sendsRedirects: boolean;
  readonly checksMark: boolean;
  /** Decided by the incoming interface [110]. */
  readonly forwards: boolean;
}

export class Sysctls {
  private readonly texts: Map<string, string>;
  private trackingCache: TrackingSettings | undefined;
  private readonly ipv4Cache = new Map<string, Ipv4Settings>();

  constructor(texts: Iterable<readonly [name: string, text: string]>) {
    this.texts = new Map(texts);
  }

  clone(): Sysctls {
    return new Sysctls(this.texts);
  }

  /** Sets a sysctl; the ones for all interfaces overwrite those of each, as the kernel does. */
  set(name: string, value: string): void {
    if (name === 'net.ipv4.ip_forward' || name === 'net.ipv4.conf.all.forwarding') {
      for (const key of [...this.texts.keys()])
        if (/^net\.ipv4\.conf\..*\.forwarding$/.test(key)) this.texts.delete(key);
      this.texts.set('net.ipv4.ip_forward', value);
    }
    this.texts.set(name, value);
    this.trackingCache = undefined;
    this.ipv4Cache.clear();
  }

  /** Takes over texts as a host view tells them: each for itself. */
  takeOver(texts: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(texts)) this.texts.set(name, text);
    this.trackingCache = undefined;
    this.ipv4Cache.clear();
  }

  /** A sysctl as a number. */
  number(name: string, fallback: number): number {
    const text = this.texts.get(name);
    const value = text === undefined ? Number.NaN : Number.parseInt(text, 10);
    return Number.isNaN(value) ? fallback : value;
  }

  get tracking(): TrackingSettings {
    this.trackingCache ??= trackingSettings((name) => this.texts.get(name));
    return this.trackingCache;
  }

  /** What they say about IPv4 packets at an interface. */
  ipv4(interfaceName: string): Ipv4Settings {
    const known = this.ipv4Cache.get(interfaceName);
    if (known !== undefined) return known;
    const settings = this.readIpv4(interfaceName);
    this.ipv4Cache.set(interfaceName, settings);
    return settings;
  }

  private readIpv4(name: string): Ipv4Settings {
    const all = (key: string, fallback: number): number => this.number(`net.ipv4.conf.all.${key}`, fallback);
    // the interface's own value, or the default's
    const own = (key: string, fallback: number): number =>
      this.number(`net.ipv4.conf.${name}.${key}`, this.number(`net.ipv4.conf.default.${key}`, fallback));
    const either = (key: string, fallback: number): boolean => all(key, fallback) !== 0 || own(key, fallback) !== 0;
    return {
      rpFilter: Math.max(all('rp_filter', 0), own('rp_filter', 0)),
      acceptsLocal: either('accept_local', 0),
      routesLocalnet: either('route_localnet', 0),
      sendsRedirects: either('send_redirects', 1),
      checksMark: either('src_valid_mark', 0),
      forwards: this.number(`net.ipv4.conf.${name}.forwarding`, this.number('net.ipv4.ip_forward', 0)) !== 0,
    };
  }
}
