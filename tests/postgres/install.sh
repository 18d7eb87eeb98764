#!/bin/sh
# Installs PostgreSQL (Debian, root) without making its cluster or starting its service: the tests start their own.
# Debian asks /usr/sbin/policy-rc.d whether a package may start its services; what it says is set aside meanwhile.
set -eu

policy=/usr/sbin/policy-rc.d
kept=$policy.before-postgres
settings=/etc/postgresql-common/createcluster.d/tests.conf
restore() {
    rm -f "$policy" "$settings"
    if [ -e "$kept" ] || [ -L "$kept" ]; then mv "$kept" "$policy"; fi
}
trap restore EXIT
trap 'exit 1' HUP INT TERM

# One that is set aside already was left by an installation that was killed: it is the machine's own.
if { [ -e "$policy" ] || [ -L "$policy" ]; } && [ ! -e "$kept" ]; then mv "$policy" "$kept"; fi
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"
mkdir -p "$(dirname "$settings")"
echo 'create_main_cluster = false' >"$settings"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends postgresql >/dev/null
