# python tools/train.py configs/sefar/sefar_synthgym_10p_spatial.py
# SeFAR without its temporal reversal, for classes that are each other's reverse (docs/results.md).
_base_ = 'sefar_synthgym_10p.py'
_strong = dict(temporal=dict(_delete_=True))
train_dataloader = dict(
    dataset=dict(unlabelled=dict(pipeline=dict(split=dict(views=dict(strong=_strong)))))
)
