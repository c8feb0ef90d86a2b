# python tools/train.py configs/sefar/sefar_synthgym_10p_spatial.py
# SeFAR without its temporal reversal, for classes that are each other's reverse
# (docs/results_0_1_0.md).
_base_ = ['_base_/sefar_cnn.py', '_base_/datasets/synthgym.py']
model = dict(recognizer=dict(cls_head=dict(num_classes=18)))
train_dataloader = dict(dataset=dict(share=10))
