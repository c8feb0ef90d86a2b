#!/usr/bin/env bash
# bash tools/quickstart.sh: labels alone against SeFAR, side by side, from video files, in minutes.
set -euo pipefail
TOOLS=$(cd "$(dirname "$0")" && pwd)
CONFIG_FOLDER=$(dirname "$TOOLS")/configs/sefar
# A checkout sets up its own environment; an installed package has one.
if [ -f "$(dirname "$TOOLS")/setup.py" ]; then source "$TOOLS/setup_env.sh"; fi

# One thread computes and one process loads: the same numbers on any number of cores.
export OMP_NUM_THREADS=1
SEED=${SEED:-0}
WORK=${WORK:-work_dirs/quickstart}
CONFIGS=(supervised_synthgym_10p sefar_recommended_synthgym_10p)
# The recipe, shorter: 60 of 112 steps an epoch, of 8 labelled and 8 instead of 24 unlabelled clips.
OPTIONS=(
    train_dataloader.batch_sampler.steps="${STEPS:-60}"
    train_dataloader.sampler.ratio=[1,1]
    train_dataloader.batch_size=16
)
if grep -qs avx512_bf16 /proc/cpuinfo; then
    OPTIONS+=(optim_wrapper.type=BFloat16OptimWrapper) # half the time, where the processor has it
fi
mkdir -p "$WORK"
ASKED="seed $SEED: ${OPTIONS[*]}"
if [ -f "$WORK/asked" ] && [ "$(cat "$WORK/asked")" != "$ASKED" ]; then
    echo "$WORK: holds runs of $(cat "$WORK/asked"); give another folder by WORK=…" >&2
    exit 1
fi
echo "$ASKED" >"$WORK/asked"

python "$TOOLS/data/make_synthgym.py" --out data/synthgym
python "$TOOLS/data/cache_frames.py" "$CONFIG_FOLDER/sefar_synthgym_10p.py"

train() { # CONFIG OPTIONS…: train, then test; an interrupted run goes on from its last epoch
    local config=$1 run=$WORK/$1
    shift
    mkdir -p "$run"
    if [ -f "$run/done" ]; then return; fi
    python "$TOOLS/train.py" "$CONFIG_FOLDER/$config.py" --work-dir "$run" --seed "$SEED" --resume \
        --cfg-options "${OPTIONS[@]}" "$@" >>"$run/output.log" 2>&1 &
    trap "kill $! 2>/dev/null" TERM
    wait $!
    python "$TOOLS/test.py" "$run/$config.py" "$(cat "$run/last_checkpoint")" \
        --work-dir "$run/test" >>"$run/output.log" 2>&1
    touch "$run/done"
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
# Its twin would be the other run; mixing takes a third of a step; half its rate learns faster, which
# counts in so few steps (docs/what_was_tried.md).
train "${CONFIGS[1]}" model.algorithm.guard=None model.algorithm.mix=None \
    model.algorithm.warmup.share=0.2 optim_wrapper.optimizer.lr=1e-3 &
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

python "$TOOLS/report.py" runs "labels alone=$WORK/${CONFIGS[0]}" "SeFAR=$WORK/${CONFIGS[1]}" \
    --classes data/synthgym/classes.txt --out "$WORK"
