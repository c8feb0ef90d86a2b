# The same on one clip of 16 frames.
_base_ = 'clips_8.py'
_elements = (16,)
_sampled = dict(pipeline=dict(sample=dict(elements=_elements)))
model = dict(recognizer=dict(backbone=dict(elements=_elements)))
train_dataloader = dict(dataset=dict(labelled=_sampled, unlabelled=_sampled))
val_dataloader = test_dataloader = dict(dataset=_sampled)
