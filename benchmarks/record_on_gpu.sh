#!/usr/bin/env bash
# Records the digits example on this machine's GPU, and checks what its sensors are.
#
#   bash benchmarks/record_on_gpu.sh [--out DIR] [--python PYTHON] [--with-torch] [--quick] [GPU]
#
# GPU is an index or UUID of NVML (default 0). No setting of the GPU is changed: the job runs at the power limit that is
# set. The result goes to traces/recorded/<gpu>-digits, or to DIR; until all of it is there, to a temporary folder
# beside it. It takes about ten minutes; --quick takes two, for a trial.
#
# --python PYTHON   use this Python, which has the project's dependencies, instead of making .venv
# --with-torch      install PyTorch, without which the job would leave the GPU idle
#
# Exit codes: 0 done, 2 it cannot be done, 3 no NVML or no such GPU, 4 the GPU is simulated and DIR was not given.
# A trial without a GPU: python tests/nvml_stub shell -- bash benchmarks/record_on_gpu.sh --quick --out /tmp/trial
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
gpu=0 out="" python="" with_torch=no
quick=()

say() { printf '== %s\n' "$*" >&2; }
fail() {
  printf 'error: %s\n' "$1" >&2
  exit "${2:-2}"
}

while (($#)); do
  case $1 in
    --out | --python)
      (($# > 1)) || fail "$1 needs a value"
      if [[ $1 == --out ]]; then out=$2; else python=$2; fi
      shift
      ;;
    --with-torch) with_torch=yes ;;
    --quick) quick=(--quick) ;;
    -h | --help)
      sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    -*) fail "there is no option $1; see --help" ;;
    *) gpu=$1 ;;
  esac
  shift
done

if [[ -z $python ]]; then
  say "preparing .venv"
  make --silent -C "$repository" .venv/installed-for-tests >&2
  python=$repository/.venv/bin/python
fi
if [[ $with_torch == yes ]]; then
  say "installing PyTorch"
  "$python" -m pip install --quiet torch >&2
fi
export PYTHONPATH="$repository:$repository/benchmarks${PYTHONPATH:+:$PYTHONPATH}"

say "looking for GPU $gpu"
where=()
[[ -z $out ]] || where=(--out "$out")
identity=$("$python" -m recording identify --gpu "$gpu" "${where[@]}")
read -r uuid key kind <<<"$identity"
simulated=()
if [[ $kind == simulated ]]; then
  simulated=(--simulated)
  say "$uuid is SIMULATED, and the result will say so"
fi
final=${out:-$repository/traces/recorded/$key-digits}
[[ ! -e $final ]] || fail "$final is there already; move it away, or name another --out"
mkdir -p "$(dirname "$final")"
work=$(mktemp -d "$(dirname "$final")/.recording.XXXXXX")
trap 'say "it did not come to its end; what was recorded is in $work"' EXIT
export CUDA_VISIBLE_DEVICES=$uuid CUDA_DEVICE_ORDER=PCI_BUS_ID

say "checking its sensors under load"
"$python" -m recording check --gpu "$uuid" --into "$work/checks.json" "${quick[@]}" | tee "$work/checks.txt" >&2

say "recording the digits example at the power limit that is set"
"$python" -m recording plan --into "$work/plan.toml" "${quick[@]}" "${simulated[@]}"
"$python" -m simulator collect "$work/plan.toml" --observe --out "$work/collected" >&2
"$python" -m simulator trace validate "$work/collected/trace" >&2

say "replaying it"
"$python" -m simulator replay --traces "$work/collected/trace" --out "$work/replay" --no-plots --quiet \
  >"$work/replay.txt"
cat "$work/replay.txt" >&2

say "laying it out"
"$python" -m recording lay-out --work "$work" --into "$work/final" --out "$final" "${simulated[@]}"
mv -T "$work/final" "$final"
trap - EXIT
rm -rf "$work"
say "done: $final"
