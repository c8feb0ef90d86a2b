# SVFormer: one clip of eight frames, temporal warping, threshold 0.3, Tube TokenMix.
svformer = dict(
    recognizer=dict(backbone=dict(elements=(8,)), cls_head=dict(num_elements=1)),
    regulation=dict(_delete_=True, type='FixedThresholdLoss', threshold=0.3),
    num_predictions=1,
)
