# bash tools/dist_train.sh configs/sefar/sefar_b_finediving_7p.py 8 --auto-scale-lr
_base_ = 'sefar_b_finediving_5p.py'
train_dataloader = dict(dataset=dict(share=7))
