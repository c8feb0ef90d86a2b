# bash tools/dist_train.sh configs/sefar/sefar_b_ucf101_10p.py 8 --auto-scale-lr
_base_ = 'sefar_b_ucf101_5p.py'
train_dataloader = dict(dataset=dict(share=10))
