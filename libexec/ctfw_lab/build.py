"""Makes the network of a lab: namespaces, bridges, veth pairs, addresses, routes; then waits until every link carries packets."""
import errno
import socket
import time

from . import netlink, neighbours
from .namespace import Namespace, checksums_in_full
from .place import Home, Place
from .switch import make_switches

EVERYTHING6 = 100  # a routing table of outside namespaces


def build(request, home, loop, seen):
    """The namespaces by name, ready for packets, and the indexes of their interfaces. `seen` is called for every packet that is delivered in one of them."""
    described = request["namespaces"]
    namespaces = {}
    for entry in described:
        namespaces[entry["name"]] = Namespace(entry["name"], home)
    _give_names(namespaces, described)
    indexes = Indexes()
    for entry in described:
        namespaces[entry["name"]].set_sysctls(entry["sysctls"])
        _make_bridges(namespaces[entry["name"]], entry, indexes)
    _make_links(namespaces, request["links"], indexes)
    _make_macvlans(namespaces, request["macvlans"], indexes)
    for entry in described:
        namespace = namespaces[entry["name"]]
        make_switches(namespace, entry["switches"], _switch_ports(request["links"], namespace.name), indexes)
        _make_tunnels(namespace, entry["tunnels"], indexes)
    for entry in described:
        _configure(namespaces[entry["name"]], entry, indexes)
    for entry in described:
        namespace = namespaces[entry["name"]]
        _add_routes(namespace, entry, indexes)
        namespace.set_sysctls(entry["interfaceSysctls"])
        namespace.watch(loop, seen)
        if entry["answers"] is not None:
            _answer_everything(namespace, entry, loop)
    _wait_for_links(namespaces, request["links"])
    return namespaces, indexes


def _give_names(namespaces, described):
    named = [entry for entry in described if entry["names"] is not None]
    if not named:
        return
    home = Home()
    for number, entry in enumerate(named):
        namespaces[entry["name"]].place = Place(number, entry["names"]["hostname"], entry["names"]["files"], home)


class Indexes:
    """Interface indexes that are unique in the whole lab, chosen by us: (namespace name, interface name) -> index."""

    def __init__(self):
        self.known = {}

    def of(self, namespace, interface):
        if interface == "lo":
            return 1
        return self.known.setdefault((namespace, interface), len(self.known) + 2)


def _make_bridges(namespace, entry, indexes):
    namespace.netlink.change(
        netlink.bridge(bridge["name"], indexes.of(namespace.name, bridge["name"]), bridge["mac"], bridge["mtu"])
        for bridge in entry["bridges"]
    )


def _make_links(namespaces, links, indexes):
    by_namespace = {}
    for link in links:
        left, right = link["ends"]
        ends = [(end["interface"], indexes.of(end["namespace"], end["interface"]), end["mac"]) for end in (left, right)]
        pair = netlink.veth(ends[0], ends[1], namespaces[right["namespace"]].descriptor, link["mtu"])
        by_namespace.setdefault(left["namespace"], []).append(pair)
    for name, pairs in by_namespace.items():
        namespaces[name].netlink.change(pairs)
    ports = {}
    for link in links:
        for end in link["ends"]:
            if end["bridge"] is not None:
                index, bridge = (indexes.of(end["namespace"], name) for name in (end["interface"], end["bridge"]))
                ports.setdefault(end["namespace"], []).extend(netlink.bridge_port(index, bridge, end["hairpin"]))
    for name, messages in ports.items():
        namespaces[name].netlink.change(messages)
    for link in links:
        for end, other in (link["ends"], reversed(link["ends"])):
            if end["switch"] is not None:  # a switch in user space sees packets before anybody fills in their checksums
                checksums_in_full(namespaces[other["namespace"]], other["interface"])


def _switch_ports(links, name):
    return [
        {"interface": end["interface"], "switch": end["switch"]["name"], "vlan": end["switch"]["vlan"]}
        for link in links
        for end in link["ends"]
        if end["namespace"] == name and end["switch"] is not None
    ]


def _make_tunnels(namespace, tunnels, indexes):
    try:
        for one in tunnels:
            index, bridge = (indexes.of(namespace.name, one[key]) for key in ("interface", "bridge"))
            messages = [netlink.vxlan(one["interface"], index, one["mac"], one["mtu"], one["identifier"], one["port"], one["local"])]
            messages += netlink.bridge_port(index, bridge, False)
            namespace.netlink.change(messages + [netlink.tunnel_end(index, remote) for remote in one["remotes"]])
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            raise OSError(error.errno, "this kernel has no tunnels (CONFIG_VXLAN): %s" % error.strerror)
        raise


def _make_macvlans(namespaces, devices, indexes):
    try:
        for device in devices:
            index = indexes.of(device["namespace"], device["interface"])
            parent = indexes.of(device["parentNamespace"], device["parent"])
            descriptor = namespaces[device["namespace"]].descriptor
            message = netlink.macvlan(device["interface"], index, device["mac"], device["mtu"], parent, descriptor)
            namespaces[device["parentNamespace"]].netlink.change([message])
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            raise OSError(error.errno, "this kernel has no macvlan devices (CONFIG_MACVLAN): %s" % error.strerror)
        raise


def move_steps(namespace, request, indexes):
    """A bridge takes a NIC over, as pipework does it: each step is a list of requests to the kernel, and between any two of them
    the host is reachable. The NIC's address stays local while it is a port already (weak host model [112]), answers leave by the
    route of the NIC until the bridge has one, and the bridge has the NIC's MAC address, which is what neighbours know.
    """
    nic, bridge = indexes.of(namespace.name, request["nic"]), indexes.of(namespace.name, request["bridge"])
    held = [(one["address"], one["length"]) for one in request["addresses"]]
    return [
        netlink.bridge_port(nic, bridge, False),
        [netlink.address(bridge, *one) for one in held],
        [netlink.route(one["destination"], one["length"], one["via"], bridge, onlink=one["onlink"]) for one in request["routes"]],
        [netlink.no_address(nic, *one) for one in reversed(held)],
    ]


def _configure(namespace, entry, indexes):
    index = lambda interface: indexes.of(namespace.name, interface)
    names = [bridge["name"] for bridge in entry["bridges"] + entry["switches"]] + entry["interfaces"]
    names += [tunnel["interface"] for tunnel in entry["tunnels"]]
    messages = [netlink.link_up(1)] + [netlink.link_up(index(name)) for name in names]
    for held in entry["addresses"]:
        messages.append(netlink.address(index(held["interface"]), held["address"], held["length"]))
    namespace.netlink.change(messages)


def _add_routes(namespace, entry, indexes):
    index = lambda interface: None if interface is None else indexes.of(namespace.name, interface)
    messages = []
    for route in entry["routes"]:
        messages.append(
            netlink.route(route["destination"], route["length"], route["via"], index(route["interface"]), onlink=route["onlink"])
        )
    for neighbour in entry["neighbours"]:
        messages.append(netlink.neighbour(index(neighbour["interface"]), neighbour["address"], neighbour["mac"]))
    namespace.netlink.change(messages)


def _answer_everything(namespace, entry, loop):
    """Whatever arrives on the interface is for this namespace; what it sends follows its other routes.

    IPv4 answers only from addresses of the table `local`, so all of them go there, and the namespace's own packets look
    into `main` first. IPv6 answers from any address that a packet came for.
    """
    interface, mac = entry["answers"]["interface"], entry["answers"]["mac"]
    namespace.netlink.change(
        [
            netlink.rule(socket.AF_INET, 5, netlink.TABLE_LOCAL, destination=("127.0.0.0", 8)),
            netlink.rule(socket.AF_INET, 10, netlink.TABLE_MAIN, arriving_on="lo"),
            netlink.rule(socket.AF_INET, 20, netlink.TABLE_LOCAL),
            netlink.rule(socket.AF_INET, 0, netlink.TABLE_LOCAL, delete=True),
            netlink.route("0.0.0.0", 0, index=1, kind=netlink.LOCAL, table=netlink.TABLE_LOCAL),
            netlink.rule(socket.AF_INET6, 10, EVERYTHING6, arriving_on=interface),
            netlink.route("::", 0, index=1, kind=netlink.LOCAL, table=EVERYTHING6),
        ]
    )
    others = entry["answers"]["except"]
    index = namespace.netlink.links_by_name()[interface]
    elsewhere = [(other, 128 if ":" in other else 32) for other in others]
    namespace.netlink.change(
        netlink.route(other, length, index=index, table=EVERYTHING6 if length == 128 else netlink.TABLE_LOCAL)
        for other, length in elsewhere
    )
    held = [address["address"] for address in entry["addresses"]] + others
    neighbours.answer_solicitations(namespace, loop, interface, mac, held)


def _wait_for_links(namespaces, links):
    """Until the kernel has noticed both ends of every pair: before that, it drops what is sent."""
    waiting = {}
    for link in links:
        for end in link["ends"]:
            waiting.setdefault(end["namespace"], set()).add(end["interface"])
            if end["bridge"] is not None:
                waiting[end["namespace"]].add(end["bridge"])
    deadline = time.monotonic() + 10
    while waiting:
        for name in list(waiting):
            waiting[name] -= {interface for _, interface, state in namespaces[name].netlink.links() if state == 6}
            if not waiting[name]:
                del waiting[name]
        if waiting and time.monotonic() > deadline:
            raise OSError("links that do not come up: %s" % waiting)
        if waiting:
            time.sleep(0.001)
