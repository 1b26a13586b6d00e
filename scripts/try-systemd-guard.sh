#!/usr/bin/env bash
# By hand, as root, with systemd installed: the guard of an apply as a transient unit. systemd is the first process of namespaces of
# its own, with the file system read-only; apply is killed, its guard is sent signals and must take the rules back all the same.
# Ends with 0 and `the guard took it back`, or with 1. Needs dist/ (npm run build), nft and iproute2.
set -eu
root="$(cd "$(dirname "$0")/.." && pwd)"
if [ "${1:-}" != inside ]; then
  command -v systemd-run >/dev/null || { echo 'systemd is not installed'; exit 2; }
  out=$(mktemp -d)
  # the unit as it is shipped, but for the place of the program, which need not be installed here
  sed 's#/usr/bin/ctfw#/usr/bin/env ctfw#' "$root/packaging/ctfw-restore.service" >"$out/ctfw-restore.service"
  systemd-analyze verify --man=no "$out/ctfw-restore.service"
  unshare --pid --fork --mount --net --cgroup --ipc --uts --mount-proc --kill-child "$0" inside "$out" &
  machine=$!
  for _ in $(seq 600); do
    grep -q '^end' "$out/log" 2>/dev/null && break
    sleep 0.1
  done
  kill -9 "$machine"
  cat "$out/log"
  grep -q '^the guard took it back' "$out/log"
  exit
fi

mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt
mkdir -p /run/lock /mnt/units /mnt/out
mount --bind "$2" /mnt/out
cp -r "$root/dist" /mnt/dist
cat >/mnt/policy.ctfw <<'END'
host edge {
  interface lan0 { address 192.0.2.1/24 }
  transit on
}
network front { subnet 172.30.0.0/24 }
container web { attach front; publish 8080:80 }
END
printf '[Unit]\nDefaultDependencies=no\nWants=try.service\n' >/mnt/units/try.target
printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/bash /mnt/try.sh\nStandardOutput=file:/mnt/out/log\nStandardError=inherit\n' >/mnt/units/try.service
cat >/mnt/try.sh <<END
export PATH=$(dirname "$(command -v node)"):/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up; ip link add lan0 type veth peer name far0; ip addr add 192.0.2.1/24 dev lan0; ip link set lan0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
wait_for() { for _ in \$(seq 200); do grep -q "\$1" /mnt/state/journal 2>/dev/null && return; sleep 0.1; done; }
node /mnt/dist/ctfw.js apply /mnt/policy.ctfw --yes --allow-lockout --confirm-timeout 8 --state-dir /mnt/state & apply=\$!
wait_for '"applied"'
systemctl show 'ctfw-guard*' --property=Id,Type,Restart,ActiveState
nft list tables
kill -9 \$apply
systemctl kill --signal=TERM 'ctfw-guard*'
systemctl kill --signal=HUP 'ctfw-guard*'
wait_for '"reverted"'
[ -n "\$(nft list tables)" ] || echo 'the guard took it back'
sleep 1
echo "units left: \$(systemctl list-units --all --no-legend --plain 'ctfw-guard*' | wc -l)"
echo end
END
mount -t cgroup2 none /sys/fs/cgroup
mount -o remount,ro,bind /
export container=unshare SYSTEMD_UNIT_PATH=/mnt/units:
exec /lib/systemd/systemd --system --unit=try.target --log-target=null --show-status=no
