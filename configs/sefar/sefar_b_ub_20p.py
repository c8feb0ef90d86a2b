# bash tools/dist_train.sh configs/sefar/sefar_b_ub_20p.py 8 --auto-scale-lr
_base_ = 'sefar_b_ub_10p.py'
train_dataloader = dict(dataset=dict(share=20))
