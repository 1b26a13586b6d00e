"""Switches with VLANs in a namespace: Linux bridges that filter VLANs where the kernel has them, else Open vSwitch in user space.

Open vSwitch runs as two processes of the lab, with a folder of their own, and forwards frames itself (datapath `netdev`): it
needs no kernel module. They end with the lab: its first process is the first of its PID namespace.
"""
import errno
import os
import shutil
import subprocess
import time

from . import netlink

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PATIENCE = 20  # seconds, for each of its commands and for what they are to cause


def make_switches(namespace, switches, ports, indexes):
    """`switches`: name, mac, mtu. `ports`: interface, switch, vlan: {"access": tag} or {"trunk": tags}; tag 0 is untagged."""
    if not switches:
        return
    if _bridges_filter(namespace):
        _make_bridges(namespace, switches, ports, indexes)
    else:
        OpenVSwitch(namespace).make(switches, ports)
    by_name = namespace.netlink.links_by_name()
    for one in switches:
        indexes.known[(namespace.name, one["name"])] = by_name[one["name"]]


def _bridges_filter(namespace):
    """Whether this kernel filters VLANs on bridges (CONFIG_BRIDGE_VLAN_FILTERING): tried, in the namespace itself."""
    try:
        namespace.netlink.change([netlink.filtering_bridge("ctfw-try", 0, "02:00:00:00:00:01", 1500)])
    except OSError:
        return False
    namespace.netlink.change([netlink.no_link(namespace.netlink.links_by_name()["ctfw-try"])])
    return True


def _make_bridges(namespace, switches, ports, indexes):
    used = {tag for port in ports for tag in port["vlan"].get("trunk", [port["vlan"].get("access")])}
    untagged = max(set(range(1, 4095)) - used)  # a bridge has no VLAN 0
    for one in switches:
        index = indexes.of(namespace.name, one["name"])
        namespace.netlink.change([netlink.filtering_bridge(one["name"], index, one["mac"], one["mtu"], untagged)])
    for port in ports:
        index, bridge = (indexes.of(namespace.name, port[key]) for key in ("interface", "switch"))
        tags = port["vlan"]["trunk"] if "trunk" in port["vlan"] else [port["vlan"]["access"]]
        messages = netlink.bridge_port(index, bridge, False)
        if 0 not in tags:
            messages.append(netlink.port_vlan(index, untagged, delete=True))
        for tag in tags:
            if tag != 0:
                messages.append(netlink.port_vlan(index, tag, untagged="access" in port["vlan"]))
        namespace.netlink.change(messages)


class OpenVSwitch:
    """The processes of one namespace."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.folder = "/run/ctfw-switch-%d" % namespace.descriptor
        self.environment = dict(
            os.environ,
            OVS_RUNDIR=self.folder, OVS_LOGDIR=self.folder, OVS_DBDIR=self.folder, OVS_SYSCONFDIR=self.folder,
        )
        missing = [name for name in ("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl") if shutil.which(name) is None]
        if missing or not os.path.exists(SCHEMA):
            raise OSError(
                errno.ENOENT,
                "this kernel's bridges filter no VLANs, and Open vSwitch (package openvswitch-switch) is not installed: no %s"
                % ", ".join(missing or [SCHEMA]),
            )

    def make(self, switches, ports):
        os.makedirs(self.folder, exist_ok=True)
        database, address = self.folder + "/conf.db", "unix:%s/db.sock" % self.folder
        self._run("ovsdb-tool", "create", database, SCHEMA)
        self._start("ovsdb-server", database, "--remote=p" + address, "--unixctl=%s/ovsdb.ctl" % self.folder)
        self._wait_for(lambda: os.path.exists(self.folder + "/db.sock"), "ovsdb-server")
        configure = ("ovs-vsctl", "--db=" + address, "--timeout=%d" % PATIENCE)
        self._run(*configure, "--no-wait", "init")
        self._start("ovs-vswitchd", address, "--unixctl=%s/vswitchd.ctl" % self.folder)
        change = ["set", "Open_vSwitch", ".", "other_config:n-handler-threads=1", "other_config:n-revalidator-threads=1"]
        for one in switches:
            change += ["--", "add-br", one["name"], "--", "set", "bridge", one["name"], "datapath_type=netdev", "fail_mode=standalone"]
            change += ["other_config:hwaddr=" + one["mac"], "--", "set", "interface", one["name"], "mtu_request=%d" % one["mtu"]]
            change += ["--", "set", "port", one["name"], "tag=0"]
        for port in ports:
            change += ["--", "add-port", port["switch"], port["interface"]]
            if "access" in port["vlan"]:
                change += ["tag=%d" % port["vlan"]["access"]]
            else:
                change += ["vlan_mode=native-untagged", "tag=0", "trunks=" + ",".join("%d" % tag for tag in port["vlan"]["trunk"])]
        self._run(*configure, *change)
        self._hide_from_kernel([port["interface"] for port in ports])
        names = [one["name"] for one in switches]
        self._wait_for(lambda: all(name in self.namespace.netlink.links_by_name() for name in names), "ovs-vswitchd")

    def _hide_from_kernel(self, interfaces):
        """What arrives on a port is for the switch alone; the kernel would take in its copy of it as well."""
        if interfaces:
            devices = ", ".join('"%s"' % name for name in interfaces)
            chain = "type filter hook ingress devices = { %s } priority 0; policy drop;" % devices
            self._run("nft", "add table netdev ctfw-lab-switch; add chain netdev ctfw-lab-switch ports { %s }" % chain)

    def _run(self, *command):
        with self.namespace:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.environment
            )
        try:
            output, _ = process.communicate(timeout=PATIENCE + 5)
        except subprocess.TimeoutExpired:
            process.kill()
            raise OSError(errno.ETIME, "%s does not end" % command[0])
        if process.returncode != 0:
            raise OSError(errno.EIO, "%s: %s" % (command[0], output.decode("utf8", "replace").strip()))

    def _start(self, *command):
        with self.namespace:
            self.namespace.held.append(
                subprocess.Popen(
                    command + ("-vconsole:off", "-vsyslog:off"),
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment,
                )
            )

    def _wait_for(self, holds, what):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise OSError(errno.ETIME, "%s does not come up" % what)
            time.sleep(0.01)
