_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['sefar'], allow_failed_imports=False)
# Ranks wait while the first one looks at all lists and clips; NCCL's own patience is ten minutes.
env_cfg = dict(dist_cfg=dict(timeout=3600))
default_hooks = dict(
    logger=dict(interval=10, ignore_last=False),  # a short epoch's figures, too
    # No save_best: choosing an epoch by its test score would flatter the score. Give a validation
    # list and save_best='teacher/acc/top1' where you have one.
    visualization=dict(type='ShownClipHook', enable=False),  # for test.py --show-dir
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None, save_last=True),
)
custom_hooks = [
    dict(type='PreflightHook'),
    dict(type='StepSeedHook'),
    dict(type='FiniteLossHook'),
    dict(type='ForgettingHook'),
    dict(type='UnreadableClipHook'),
    dict(type='MeanTeacherHook'),
    dict(type='HeldOutHook'),
    dict(type='ConsoleHook'),
    dict(type='ScoresHook'),
]
val_evaluator = dict(type='NetworkAccMetric')
test_evaluator = val_evaluator
