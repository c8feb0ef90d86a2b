# bash tools/dist_train.sh configs/sefar/sefar_s_hmdb51_50p.py 8 --auto-scale-lr
_base_ = 'sefar_s_hmdb51_40p.py'
train_dataloader = dict(dataset=dict(share=50))
