#!/usr/bin/env bash
# bash tools/quickstart.sh: labels alone against SeFAR, from video files, on a CPU in minutes.
set -euo pipefail
source "$(dirname "$0")/setup_env.sh"

# One thread computes and one process decodes: the same numbers on any number of cores.
export OMP_NUM_THREADS=1
SEED=${SEED:-0}
WORK=${WORK:-work_dirs/quickstart}
CONFIGS=(supervised_synthgym_10p sefar_synthgym_10p)

python tools/data/make_synthgym.py --out data/synthgym
python tools/data/cache_frames.py configs/sefar/sefar_synthgym_10p.py
for config in "${CONFIGS[@]}"; do
    run=$WORK/$config
    last=$run/done
    if [ ! -f "$last" ]; then # an interrupted run goes on from its last epoch
        python tools/train.py "configs/sefar/$config.py" --work-dir "$run" --seed "$SEED" --resume
        touch "$last"
    fi
    python tools/test.py "configs/sefar/$config.py" "$(cat "$run/last_checkpoint")" \
        --work-dir "$run/test" --dump "$run/scores.pkl"
done
python tools/report.py runs "labels alone=$WORK/${CONFIGS[0]}" "SeFAR=$WORK/${CONFIGS[1]}" \
    --classes data/synthgym/classes.txt --out "$WORK"
