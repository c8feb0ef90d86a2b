#!/usr/bin/env bash
# bash tools/quickstart.sh: labels alone against SeFAR, side by side, from video files, in minutes.
set -euo pipefail
source "$(dirname "$0")/setup_env.sh"

# One thread computes and one process loads: the same numbers on any number of cores.
export OMP_NUM_THREADS=1
SEED=${SEED:-0}
WORK=${WORK:-work_dirs/quickstart}
CONFIGS=(supervised_synthgym_10p sefar_recommended_synthgym_10p)
# The recipe, shorter: 72 of 112 steps an epoch, of 8 labelled and 8 instead of 24 unlabelled clips.
OPTIONS=(
    train_dataloader.batch_sampler.steps="${STEPS:-72}"
    train_dataloader.sampler.ratio=[1,1]
    train_dataloader.batch_size=16
)
if grep -qs avx512_bf16 /proc/cpuinfo; then
    OPTIONS+=(optim_wrapper.type=BFloat16OptimWrapper) # half the time, where the processor has it
fi

python tools/data/make_synthgym.py --out data/synthgym
python tools/data/cache_frames.py configs/sefar/sefar_synthgym_10p.py

train() { # CONFIG OPTIONS…; an interrupted run goes on from its last epoch
    local config=$1 run=$WORK/$1
    shift
    mkdir -p "$run"
    if [ -f "$run/done" ]; then return; fi
    python tools/train.py "configs/sefar/$config.py" --work-dir "$run" --seed "$SEED" --resume \
        --cfg-options "${OPTIONS[@]}" "$@" >>"$run/output.log" 2>&1 &
    trap "kill $! 2>/dev/null" TERM
    wait $! && touch "$run/done"
}

progress() { # the last line of each run's log, without its time and level
    for config in "${CONFIGS[@]}"; do
        printf '%-32s %s\n' "$config" \
            "$(grep -o 'Epoch(.*' "$WORK/$config/output.log" 2>/dev/null | tail -n 1 | cut -c 1-110)"
    done
}

echo "training both; their logs: $WORK/*/output.log"
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT
train "${CONFIGS[0]}" &
pids+=($!)
train "${CONFIGS[1]}" model.algorithm.guard=None & # its twin would be the other run
pids+=($!)
while [ -n "$(jobs -pr)" ]; do
    sleep 5
    progress
done
for i in "${!CONFIGS[@]}"; do
    wait "${pids[$i]}" || {
        tail -n 3 "$WORK/${CONFIGS[$i]}/output.log" >&2
        exit 1
    }
done
trap - EXIT

for config in "${CONFIGS[@]}"; do
    run=$WORK/$config
    python tools/test.py "$run/$config.py" "$(cat "$run/last_checkpoint")" \
        --work-dir "$run/test" --dump "$run/scores.pkl" >>"$run/output.log" 2>&1
done
python tools/report.py runs "labels alone=$WORK/${CONFIGS[0]}" "SeFAR=$WORK/${CONFIGS[1]}" \
    --classes data/synthgym/classes.txt --out "$WORK"
