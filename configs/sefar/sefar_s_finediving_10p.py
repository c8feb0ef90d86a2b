# bash tools/dist_train.sh configs/sefar/sefar_s_finediving_10p.py 8 --auto-scale-lr
_base_ = 'sefar_s_finediving_5p.py'
train_dataloader = dict(dataset=dict(share=10))
