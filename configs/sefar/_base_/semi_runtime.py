_base_ = 'default_runtime.py'

custom_hooks = [
    dict(type='PreflightHook'),
    dict(type='StepSeedHook'),
    dict(type='UnreadableClipHook'),
    dict(type='MeanTeacherHook'),
]
val_evaluator = [
    dict(type='BranchAccMetric', branch='student'),
    dict(type='BranchAccMetric', branch='teacher'),
]
test_evaluator = val_evaluator
