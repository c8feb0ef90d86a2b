# python tools/train.py configs/sefar/field/svformer_b_gym99.py
_base_ = '../baselines/svformer_b_gym99_5p.py'
