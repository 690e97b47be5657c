#!/usr/bin/env bash
# Makes shards of people and packshots on many cores until it is stopped, for trainings that run meanwhile.
#
#     ./generate.sh ASSETS.zip OUT_DIR PEOPLE_PROCESSES PACKSHOT_PROCESSES [FIRST_SEED]
#
# Fills OUT_DIR/person and OUT_DIR/garment, after one shard each (seed 950) in OUT_DIR/held-out-person and -garment.
# PYTHON names the interpreter. Stop it with a signal: its processes stop with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
assets=$1 out=$2 people=$3 packshots=$4 first=${5:-1000}
python=${PYTHON:-python3}
export OMP_NUM_THREADS=1
trap 'kill $(jobs -p) 2>/dev/null' EXIT

# Always in the background: the process that `jobs` knows is then the generator itself.
shards() { exec nice -n 10 "$python" "$@"; }
shards make_data.py "$assets" "$out/held-out-person" --seed 950 --shards 1 &
shards garment_data.py "$out/held-out-garment" --seed 950 --shards 1 &
for ((i = 0; i < people; i++)); do
    shards make_data.py "$assets" "$out/person" --seed "$((first + i))" --shards 100000 --per-shard 100 &
done
for ((i = 0; i < packshots; i++)); do
    shards garment_data.py "$out/garment" --seed "$((first + 1000 + i))" --shards 100000 &
done
wait
