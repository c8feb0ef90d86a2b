_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['sefar', 'sefar.mllm'], allow_failed_imports=False)
default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None, save_last=True),
)
custom_hooks = [dict(type='StepSeedHook')]
test_evaluator = dict(type='ChoiceAccuracy')
test_cfg = dict(type='TestLoop')
