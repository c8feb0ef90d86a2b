# Gym-QA-99, as docs/mllm.md lays it out.
_base_ = 'questions.py'

root = 'data/gym99'
train_dataloader = dict(
    batch_size=16,
    dataset=dict(question_file=f'{root}/qa/train.json', features=f'{root}/features/sefar_b_train'),
)
test_dataloader = dict(
    batch_size=16,
    dataset=dict(question_file=f'{root}/qa/val.json', features=f'{root}/features/sefar_b_val'),
)
