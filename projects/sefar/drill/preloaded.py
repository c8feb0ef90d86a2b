"""What the process of :mod:`sefar.drill.trial` has imported before it is copied."""

import torch
from mmaction.utils import register_all_modules

import sefar  # noqa: F401

# A copy of a process has none of its threads.
torch.set_num_threads(1)
register_all_modules(init_default_scope=False)
