# Questions and features under one folder, laid out as tools/quickstart_mllm.sh lays them out.
root = 'work_dirs/quickstart_mllm'
train_dataloader = dict(
    batch_size=36,
    num_workers=0,
    sampler=dict(type='RatioSampler'),
    dataset=dict(
        type='QuestionDataset',
        question_file=f'{root}/qa_train.json',
        features=f'{root}/features/sefar_recommended/train',
        shuffle_options=True,
    ),
)
test_dataloader = dict(
    batch_size=50,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='QuestionDataset',
        question_file=f'{root}/qa_test.json',
        features=f'{root}/features/sefar_recommended/test',
    ),
)
