/**
 * Where each key of the language (and each word that a key can have) is proved against the kernel: a test file brings up a lab that
 * has it, and asks tools that are not ours what became of it. Names are those of {@link Language}. test/unit/topology/proofs.test.ts
 * finds keys that nobody proves; ledger.ts finds files that do not use what they are said to prove.
 */
export const PROOFS: Readonly<Record<string, string>> = {
  'lab/checks/kinds.test.ts': `
    checks check.name check.within check.expect check.expect=pass check.expect=fail check.after check.points
    check.ping pingCheck.from pingCheck.to pingCheck.count check.tcp tcpCheck.from tcpCheck.to
    check.http httpCheck.from httpCheck.url httpCheck.status httpCheck.body
    check.exec execCheck.on execCheck.command execCheck.exit execCheck.stdout execCheck.stderr
    check.route routeCheck.on routeCheck.to routeCheck.via routeCheck.dev check.reach reachCheck.from reachCheck.to
    check.path pathCheck.from pathCheck.to pathCheck.via check.rtt rttCheck.from rttCheck.to rttCheck.min rttCheck.max`,
  'lab/checks/probes.test.ts': `
    check.dns dnsCheck.from dnsCheck.server dnsCheck.name dnsCheck.type dnsCheck.type=A dnsCheck.answer dnsCheck.rcode
    dnsCheck.rcode=NOERROR dnsCheck.rcode=NXDOMAIN
    check.mtu mtuCheck.from mtuCheck.to mtuCheck.min mtuCheck.max check.throughput throughputCheck.from throughputCheck.to throughputCheck.proto
    throughputCheck.proto=tcp throughputCheck.proto=udp throughputCheck.time throughputCheck.rate throughputCheck.min throughputCheck.max
    step.dns step.mtu step.throughput`,
  'lab/checks/tables.test.ts': `
    check.neighbor neighborCheck.on neighborCheck.to neighborCheck.mac neighborCheck.dev
    check.fdb fdbCheck.on fdbCheck.mac fdbCheck.dev fdbCheck.dst check.nft nftCheck.on nftCheck.table nftCheck.chain nftCheck.comment nftCheck.min nftCheck.max
    check.log logCheck.on logCheck.process logCheck.match check.pcap pcapCheck.on pcapCheck.filter pcapCheck.during
    check.steps check.mend step.link_down step.link_up step.stop step.start step.name step.within step.expect step.expect=fail step.expect=pass
    step.ping step.tcp step.exec step.http step.route step.reach step.path step.rtt step.neighbor step.fdb step.nft step.log`,
  'lab/topologies/pair.test.ts': `
    name description nodes links`,
  'lab/links/defaults.test.ts': `
    defaults defaults.node defaults.link defaults.link.mtu defaults.link.subnet defaults.process
    link.endpoints link.mtu link.subnet process.env process.restart=no process.ready ready.log`,
  'lab/links/bridge.test.ts': `
    bridges bridge.ports bridge.subnet bridge.stp bridge.vlan_filtering bridge.mtu
    node.interfaces interface.type interface.type=bridge interface.ports interface.stp interface.vlan_filtering interface.up`,
  'lab/edits/links.test.ts': `
    interface.addresses interface.mac interface.mtu node.sysctls`,
  'lab/isolation/privileges.test.ts': `
    node.capabilities capabilities.drop capabilities.keep node.no_new_privileges process.capabilities process.no_new_privileges`,
  'lab/isolation/seccomp.test.ts': `
    node.seccomp node.seccomp=default node.seccomp=unconfined process.seccomp process.seccomp=default process.seccomp=unconfined`,
  'lab/isolation/ulimits.test.ts': `
    node.ulimits process.ulimits process.umask process.groups
    ulimits.as ulimits.core ulimits.cpu ulimits.data ulimits.fsize ulimits.locks ulimits.memlock ulimits.msgqueue
    ulimits.nice ulimits.nofile ulimits.nproc ulimits.rss ulimits.rtprio ulimits.rttime ulimits.sigpending ulimits.stack ulimit.soft ulimit.hard`,
  'lab/topologies/dual-stack.test.ts': `
    node.forwarding`,
  'lab/topologies/pod-network.test.ts': `
    interface.type=vxlan interface.id interface.link interface.local interface.port interface.learning
    node.neighbors neighbor.to neighbor.mac neighbor.dev node.fdb fdb.mac fdb.dev fdb.dst`,
  'lab/limits/keys.test.ts': `
    node.limits process.limits limits.memory limits.swap limits.pids limits.cpu limits.cpu_weight limits.cpuset limits.cpuset.cpus
    limits.cpuset.mems limits.io limits.io.device limits.io.read_bps limits.io.write_bps limits.io.read_iops limits.io.write_iops`,
  'lab/load/logs.test.ts': `
    node.log process.log log.max_size log.files`,
  'lab/limits/second.test.ts': `
    limits.memory_high`,
  'lab/edits/remote.test.ts': `
    interface.remote`,
  'kernel/reconcile/link-kinds.test.ts': `
    interface.type=dummy interface.type=ifb interface.type=macvlan interface.type=vlan interface.protocol
    interface.protocol=802.1Q interface.protocol=802.1ad interface.type=ipvlan interface.type=bond interface.mode interface.miimon
    interface.type=vrf interface.table interface.type=geneve interface.type=gre interface.type=gretap interface.type=ipip
    interface.type=sit interface.type=ip6gre interface.type=ip6tnl interface.key interface.ttl`,
  'lab/routes/keys.test.ts': `
    node.forwarding node.routes route.to route.via route.dev route.metric route.type route.type=unicast route.type=blackhole
    route.type=unreachable route.type=prohibit route.type=throw route.nexthops nexthop.via nexthop.dev nexthop.weight
    nexthop.onlink route.onlink route.table route.table=main route.table=local route.table=default route.scope
    route.scope=global route.scope=link route.src route.mtu
    node.rules rule.from rule.to rule.iif rule.oif rule.fwmark rule.table rule.table=main rule.table=local rule.table=default
    rule.priority route.scope=host`,
  'lab/nftables/keys.test.ts': `
    node.nat nat.masquerade nat.masquerade.out nat.masquerade.from nat.snat nat.snat.out nat.snat.from nat.snat.to
    nat.dnat nat.dnat.in nat.dnat.dest nat.dnat.proto nat.dnat.proto=tcp nat.dnat.proto=udp nat.dnat.port nat.dnat.to
    nat.redirect nat.redirect.in nat.redirect.proto nat.redirect.proto=tcp nat.redirect.proto=udp nat.redirect.port
    nat.redirect.to nat.publish nat.publish.proto nat.publish.proto=udp nat.publish.port nat.publish.to
    node.firewall node.firewall.input node.firewall.forward node.firewall.output chain.policy chain.policy=accept
    chain.policy=drop chain.rules chain.rules.accept chain.rules.drop chain.rules.reject chain.rules.return chain.rules.log
    match.in match.out match.from match.to match.proto match.proto=tcp match.proto=udp match.proto=icmp match.proto=icmpv6
    match.proto=sctp match.proto=gre match.proto=esp match.proto=ah match.port match.source_port match.state match.state=new
    match.state=established match.state=related match.state=invalid match.state=untracked match.icmp_type match.with
    match.with=port-unreachable match.with=host-unreachable match.with=net-unreachable match.with=admin-prohibited
    match.with=tcp-reset match.log match.prefix match.counter match.comment`,
  'lab/topologies/nat-gateway.test.ts': `
    nat.publish.proto=tcp`,
  'lab/nftables/text.test.ts': `
    node.nftables`,
  'lab/commands/isolation.test.ts': `
    node.isolation node.isolation=net node.isolation=uts node.isolation=mnt node.isolation=pid node.isolation=ipc
    node.processes process.command`,
  'lab/namespaces/programs.test.ts': `
    process.isolation process.isolation=uts process.isolation=mnt process.isolation=pid process.isolation=ipc process.isolation=net
    process.isolation=cgroup process.share process.share.pid process.share.mnt process.share.ipc
    process.share.net process.share.uts process.share.cgroup`,
  'lab/namespaces/program-user.test.ts': `
    process.isolation=user process.isolation=time process.uid_map process.uid_map.inside process.uid_map.outside process.uid_map.count
    process.gid_map process.gid_map.inside process.gid_map.outside process.gid_map.count process.time process.share.user process.share.time`,
  'lab/namespaces/user.test.ts': `
    node.isolation=user node.uid_map node.uid_map.inside node.uid_map.outside node.uid_map.count node.gid_map node.gid_map.inside node.gid_map.outside node.gid_map.count`,
  'lab/join/joined.test.ts': `
    node.join node.join.pid node.join.netns`,
  'lab/namespaces/time.test.ts': `
    node.isolation=time node.isolation=cgroup node.time clocks.monotonic clocks.boottime`,
  'lab/topologies/services.test.ts': `
    node.files node.setup process.restart process.restart=on-failure process.restart=always ready.http ready.file
    ready.timeout process.after process.stop process.stop.signal process.stop.timeout`,
  'lab/topologies/isolated-processes.test.ts': `
    process.cwd ready.tcp ready.command`,
  'lab/edits/processes.test.ts': `
    process.user`,
  'lab/commands/exec.test.ts': `
    node.hostname`,
  'lab/edits/network.test.ts': `
    node.forwarding.ipv4 node.forwarding.ipv6`,
  'lab/rootfs/dir.test.ts': `
    node.rootfs node.rootfs.dir node.rootfs.read_only`,
  'lab/rootfs/mounts.test.ts': `
    node.mounts node.mounts.type node.mounts.type=bind node.mounts.type=tmpfs node.mounts.type=overlay node.mounts.type=proc node.mounts.type=sysfs
    node.mounts.type=mqueue node.mounts.type=devpts node.mounts.source node.mounts.target node.mounts.read_only node.mounts.nosuid
    node.mounts.nodev node.mounts.noexec node.mounts.size node.mounts.mode node.mounts.propagation
    node.mounts.propagation=private node.mounts.propagation=slave node.mounts.propagation=shared
    node.mounts.propagation=unbindable node.mounts.lower node.mounts.upper node.mounts.work
    node.propagation node.propagation=private node.propagation=slave node.propagation=shared node.propagation=unbindable
    node.masked_paths node.masked_paths=default node.masked_paths=none`,
  'lab/rootfs/host.test.ts': `
    node.rootfs.host node.rootfs.copy_on_write`,
  'lab/rootfs/image.test.ts': `
    node.rootfs.oci node.rootfs.tag node.rootfs.platform node.rootfs.tar`,
  'lab/rootfs/image-edits.test.ts': `
    node.rootfs.max_size process.args`,
  'lab/topologies/internet-uplink.test.ts': `
    node.internet`,
};
