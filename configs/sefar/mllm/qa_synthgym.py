# A small bridge to the language model of tools/train_language_model.py; seconds on a CPU.
# tools/quickstart_mllm.sh makes what it reads, and runs it.
_base_ = ['../_base_/datasets/questions.py', '../_base_/mllm_runtime.py']

model = dict(
    type='MultipleChoiceAnswerer',
    language_model=dict(path='work_dirs/quickstart_mllm/language_model', dtype='float32'),
    bridge=dict(feature_width=128, num_queries=6, hidden_size=64, num_layers=2, num_heads=4),
)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=100)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=5, by_epoch=True, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=5, T_max=95, by_epoch=True, convert_to_iter_based=True),
]
