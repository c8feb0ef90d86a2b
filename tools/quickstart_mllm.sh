#!/usr/bin/env bash
# bash tools/quickstart_mllm.sh, after tools/quickstart.sh: questions about SynthGym clips, answered by a
# frozen language model that sees through SeFAR, through labels alone, or through random weights.
set -euo pipefail
source "$(dirname "$0")/setup_env.sh"

export OMP_NUM_THREADS=1
SEEDS=${SEEDS:-0 1 2}
RECOGNIZERS=${RECOGNIZERS:-work_dirs/quickstart}
WORK=work_dirs/quickstart_mllm
DATA=data/synthgym
CONFIG=configs/sefar/mllm/qa_synthgym.py
ENCODERS=(sefar_recommended supervised random)

for name in sefar_recommended supervised; do
    if [ ! -f "$RECOGNIZERS/${name}_synthgym_10p/last_checkpoint" ]; then
        echo "$RECOGNIZERS/${name}_synthgym_10p has no checkpoint; run bash tools/quickstart.sh first" >&2
        exit 1
    fi
done

for part in train:labelled_10p test:test; do
    python tools/data/make_gym_qa.py "$DATA/${part#*:}.txt" --classes "$DATA/classes.txt" \
        --clips "$DATA/videos" --hierarchy "$DATA/hierarchy.csv" --dataset synthgym \
        --out "$WORK/qa_${part%:*}.json"
    for encoder in "${ENCODERS[@]}"; do
        config=${encoder/random/sefar_recommended}_synthgym_10p
        checkpoint=none
        [ "$encoder" = random ] || checkpoint=$(cat "$RECOGNIZERS/$config/last_checkpoint")
        python tools/extract_features.py "$RECOGNIZERS/$config/$config.py" "$checkpoint" --kind elements \
            --list "$DATA/${part#*:}.txt" --clips "$DATA/videos" \
            --out "$WORK/features/$encoder/${part%:*}"
    done
done
if [ ! -d "$WORK/language_model" ]; then
    python tools/train_language_model.py --classes "$DATA/classes.txt" \
        --hierarchy "$DATA/hierarchy.csv" --out "$WORK/language_model"
fi
runs=()
for encoder in "${ENCODERS[@]}"; do
    of_encoder=
    for seed in $SEEDS; do
        run=$WORK/$encoder/seed_$seed
        features=$WORK/features/$encoder
        if [ ! -f "$run/done" ]; then
            python tools/train.py "$CONFIG" --work-dir "$run" --seed "$seed" --resume \
                --cfg-options "train_dataloader.dataset.features=$features/train"
            touch "$run/done"
        fi
        python tools/test.py "$CONFIG" "$(cat "$run/last_checkpoint")" --work-dir "$run/test" \
            --cfg-options "test_dataloader.dataset.features=$features/test"
        of_encoder+=,$run/test
    done
    runs+=("$encoder=${of_encoder#,}")
done
python tools/report.py choices "${runs[@]}"
