#!/bin/sh
# Installs what tests of Slurm need (Debian, root) without starting its services: the tests start their own.
# Debian asks /usr/sbin/policy-rc.d whether a package may start its services; what it says is set aside meanwhile.
set -eu

policy=/usr/sbin/policy-rc.d
kept=$policy.before-slurm
restore() {
    rm -f "$policy"
    if [ -e "$kept" ] || [ -L "$kept" ]; then mv "$kept" "$policy"; fi
}
trap restore EXIT
trap 'exit 1' HUP INT TERM

# One that is set aside already was left by an installation that was killed: it is the machine's own.
if { [ -e "$policy" ] || [ -L "$policy" ]; } && [ ! -e "$kept" ]; then mv "$policy" "$kept"; fi
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge >/dev/null
