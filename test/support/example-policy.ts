/** A policy that uses most of the language, formatted. */
export const examplePolicy = `# edge.ctfw
host edge {
  interface lan0 { address 192.168.1.5/24 }
  interface wan0 { address 203.0.113.10/24, 2001:db8:1::10/64 }
  route default via 203.0.113.1
  ip-forward on
  auto-ports 49000-49900
  protect host
}

zone office   = 192.168.1.0/24 on lan0
zone internet = any on wan0

network front { bridge docker0; subnet 172.17.0.0/16, fd00:17::/64; icc off }
network back  { subnet 172.18.0.0/16; internal; icc off }

container web {
  attach front 172.17.0.2, fd00:17::2
  attach back                          # next free address, kept in edge.ctfw.lock
  expose 80/tcp, 443/tcp
  publish 8080:80
  publish 192.168.1.5:8443:443 from office
}
container db      { attach back; expose 5432/tcp }
container metrics { network container:web }
container agent   { network host }

group apps    = web, metrics
service dns   = 53/udp, 53/tcp

link  web -> db as database            # only what db exposes
allow office -> edge 22/tcp
allow front -> internet dns
deny  any -> internet 25/tcp  log "smtp"
deny  front -> edge 22/tcp    reject

expect internet -> edge 8080/tcp             reaches web 80/tcp
expect office   -> 192.168.1.5 8443/tcp      reaches web 443/tcp
expect internet -> edge 8443/tcp             blocked
expect web      -> db 5432/tcp               allowed
expect internet -> db 5432/tcp               blocked
expect web      -> internet 443/tcp          leaves as 203.0.113.10
`;
