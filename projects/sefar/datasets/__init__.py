"""Data sets, their sampler and collation, and the pipeline transforms."""

from .clip_list_dataset import ClipListDataset, ClipReadError
from .clip_lists import ClipEntry, read_class_names, read_clip_list
from .collate import semi_supervised_collate
from .labelled_video_dataset import LabelledVideoDataset
from .ratio_sampler import RatioSampler
from .seeding import SeededIndex, mix_seed, seeded_draws
from .semi_supervised_dataset import SemiSupervisedDataset
from .step_batch_sampler import StepBatchSampler
from .transforms import *  # noqa: F403
from .unlabelled_video_dataset import UnlabelledVideoDataset

__all__ = [
    'ClipEntry',
    'ClipListDataset',
    'ClipReadError',
    'LabelledVideoDataset',
    'RatioSampler',
    'SeededIndex',
    'SemiSupervisedDataset',
    'StepBatchSampler',
    'UnlabelledVideoDataset',
    'mix_seed',
    'read_class_names',
    'read_clip_list',
    'seeded_draws',
    'semi_supervised_collate',
]
