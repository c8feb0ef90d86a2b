# A small bridge to the language model of tools/train_language_model.py; seconds on a CPU.
# tools/quickstart_mllm.sh makes what it reads, and runs it.
_base_ = [
    '../_base_/datasets/questions.py',
    '../_base_/schedules/bridge_100e.py',
    '../_base_/mllm_runtime.py',
]
model = dict(
    type='MultipleChoiceAnswerer',
    language_model=dict(path='work_dirs/quickstart_mllm/language_model', dtype='float32'),
    bridge=dict(feature_width=128, num_queries=6, hidden_size=64, num_layers=2, num_heads=4),
)
