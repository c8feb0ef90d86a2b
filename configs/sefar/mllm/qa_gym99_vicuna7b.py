# The Table 5 of the paper: a Q-Former between frozen SeFAR-B features and frozen Vicuna-7B, trained
# on the questions about 5 % of Gym99. docs/mllm.md says how to make what it reads. Not run yet.
_base_ = ['../_base_/datasets/questions.py', '../_base_/mllm_runtime.py']

_base_.train_dataloader.batch_size = 16
_base_.train_dataloader.dataset.question_file = 'data/gym99/qa/train.json'
_base_.train_dataloader.dataset.features = 'data/gym99/features/sefar_b_train'
_base_.test_dataloader.batch_size = 16
_base_.test_dataloader.dataset.question_file = 'data/gym99/qa/val.json'
_base_.test_dataloader.dataset.features = 'data/gym99/features/sefar_b_test'
model = dict(
    type='MultipleChoiceAnswerer',
    language_model=dict(path='lmsys/vicuna-7b-v1.5', dtype='bfloat16'),
    bridge=dict(feature_width=768, num_queries=32, hidden_size=768, num_layers=12, num_heads=12),
    template="USER: {video}\n{question}\nAnswer with the option's letter. ASSISTANT:",
)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=1, by_epoch=True, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, T_max=19, by_epoch=True, convert_to_iter_based=True),
]
