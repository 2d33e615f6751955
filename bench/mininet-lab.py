#!/usr/bin/python3
"""One lab in Mininet, from Debian's package: mininet-lab.py star|chain N. bench/peers.mjs calls it, in a network namespace of its own.

Does less than the same workload in netlab: Mininet's API gives IPv4 alone. Prints one line of JSON: ms until all stands, ms until it is gone,
and whether the two ends reach each other (asked up to 100 nodes)."""
import ipaddress
import json
import sys
import time

began = time.perf_counter()
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.node import Node
from mininet.nodelib import LinuxBridge


class Router(Node):
    def config(self, **options):
        super().config(**options)
        self.cmd("sysctl -w net.ipv4.ip_forward=1")


def star(count):
    """N hosts and a gateway on one bridge; each host's default route leads to the gateway."""
    net = Mininet(controller=None, switch=LinuxBridge, build=False, ipBase="10.0.0.0/16")
    switch = net.addSwitch("s1")
    net.addLink(net.addHost("gw", ip="10.0.0.1/16"), switch)
    for i in range(count):
        address = ipaddress.ip_address("10.0.1.0") + i
        net.addLink(net.addHost(f"n{i}", ip=f"{address}/16", defaultRoute="via 10.0.0.1"), switch)
    net.build()
    net.start()
    return net, "n0", "10.0.0.1"


def chain(count):
    """N routers in a line, with static routes to the addresses of both ends."""
    net = Mininet(controller=None, build=False)
    routers = [net.addHost(f"r{i}", cls=Router, ip=None) for i in range(count)]
    near = lambda i: ipaddress.ip_address("10.0.0.1") + 4 * i
    for i in range(count - 1):
        net.addLink(
            routers[i], routers[i + 1], intfName1=f"r{i}-e1", intfName2=f"r{i + 1}-e0",
            params1={"ip": f"{near(i)}/30"}, params2={"ip": f"{near(i) + 1}/30"},
        )
    net.build()
    net.start()
    for end, address in ((routers[0], "10.255.0.1"), (routers[-1], "10.255.0.2")):
        end.cmd(f"ip address add {address}/32 dev lo")
    for i, router in enumerate(routers):
        if i > 0:
            router.cmd(f"ip route add 10.255.0.1 via {near(i - 1)}")
        if i < count - 1:
            router.cmd(f"ip route add 10.255.0.2 via {near(i) + 1}")
    return net, "r0", "10.255.0.2 -I 10.255.0.1"


setLogLevel("critical")
# Mininet would raise limits of the whole machine.
Mininet.inited = True
kind, count = sys.argv[1], int(sys.argv[2])
net, node, target = {"star": star, "chain": chain}[kind](count)
up = time.perf_counter()
reaches = "1 received" in net.get(node).cmd(f"ping -c 1 -W 5 {target}") if count <= 60 else None
asked = time.perf_counter()
net.stop()
print(json.dumps({"up": (up - began) * 1e3, "down": (time.perf_counter() - asked) * 1e3, "reaches": reaches}))
