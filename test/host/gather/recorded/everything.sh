# A namespace with one of everything that is gathered. Recorded with
#   unshare -n -u sh -c '. test/host/gather/recorded/everything.sh; node scripts/run-ts.mjs test/host/gather/record.ts'
hostname edge
ip link set lo up
ip link add br0 type bridge
ip link add br1 address 02:00:00:00:00:0b type bridge
ip link add v0 address 02:00:00:00:00:01 type veth peer name p0 address 02:00:00:00:00:02
ip link set v0 master br0
ip link set v0 up
ip link set p0 up
ip link set br0 up
bridge link set dev v0 hairpin on
bridge link set dev v0 isolated on
ip link add vx address 02:00:00:00:00:03 type vxlan id 42 dev br0 remote 10.0.0.9 dstport 4789
bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.10
ip addr add 10.0.0.1/24 dev br0
ip addr add 10.0.0.2/24 dev br0
ip addr add 2001:db8::1/64 dev br0 nodad
ip addr add 2001:db8::2/64 dev br0 nodad preferred_lft 0
ip addr add 10.9.0.1 peer 10.9.0.2/32 dev br0
ip route add 192.0.2.0/24 via 10.0.0.254
ip route add 192.0.3.0/24 nexthop via 10.0.0.253 weight 2 nexthop via 10.0.0.252
ip route add unreachable 198.51.100.0/24
ip route add blackhole 198.51.101.0/24 table 77
ip route add default via 10.0.0.254 table 100 metric 5 src 10.0.0.2
ip route add local 203.0.113.0/24 dev lo
ip -6 route add default via 2001:db8::fe
ip rule add fwmark 0x1/0xff lookup 100
ip -6 rule add fwmark 0x1/0xff lookup 100
ip rule add from 10.0.0.0/24 lookup 77
ip rule add to 10.5.0.0/16 iif br0 prohibit
ip neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev br0
ip neigh add 2001:db8::50 lladdr 02:00:00:00:00:51 dev br0
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.br0.route_localnet=1
nft -f - <<'RULES'
table inet t {
  chain c {
    type filter hook input priority 0; policy accept;
    ct state new counter
  }
}
RULES
iptables-nft -A FORWARD -p tcp --dport 7 -m comment --comment hello -j DROP
iptables-nft -t nat -A POSTROUTING -m addrtype --src-type LOCAL -o br1 -j MASQUERADE
ip6tables-nft -A FORWARD -p tcp --dport 7 -j DROP
nft add chain ip6 filter late '{ type filter hook forward priority 300; }'
nft add rule ip6 filter late tcp dport 80 drop
ebtables-nft -A FORWARD -p ip -j DROP
iptables-legacy -A INPUT -p tcp --dport 5 -j DROP
python3 - <<'SOCKETS' &
import socket, time
tcp = socket.socket(); tcp.bind(('127.0.0.1', 8080)); tcp.listen()
tcp6 = socket.socket(socket.AF_INET6); tcp6.bind(('::', 80)); tcp6.listen()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(('0.0.0.0', 53))
client = socket.socket(); client.connect(('127.0.0.1', 8080))
udp.sendto(b'x', ('127.0.0.1', 9))
time.sleep(5)
SOCKETS
sleep 1
