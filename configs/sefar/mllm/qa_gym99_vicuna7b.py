# The Table 5 of the paper: a Q-Former between frozen SeFAR-B features and frozen Vicuna-7B, trained
# on the questions about 5 % of Gym99. docs/mllm.md says how to make what it reads. Not run yet.
_base_ = [
    '../_base_/datasets/gym99_questions.py',
    '../_base_/schedules/bridge_20e.py',
    '../_base_/mllm_runtime.py',
]
model = dict(
    type='MultipleChoiceAnswerer',
    language_model=dict(path='lmsys/vicuna-7b-v1.5', dtype='bfloat16'),
    bridge=dict(feature_width=768, num_queries=32, hidden_size=768, num_layers=12, num_heads=12),
    template="USER: {video}\n{question}\nAnswer with the option's letter. ASSISTANT:",
)
