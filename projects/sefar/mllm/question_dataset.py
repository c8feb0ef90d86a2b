"""Questions with the features of their clips."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.structures import BaseDataElement
from torch.utils.data import Dataset

from sefar.datasets.seeding import seeded_draws
from sefar.features import FeatureStore

from .questions import read_questions


@DATASETS.register_module()
class QuestionDataset(Dataset):
    """Questions of a file, each with its clip's features.

    Args:
        question_file: In the released format.
        features: Folder of features, see ``tools/extract_features.py``. They must hold every clip
            that is asked about, under the question's ``video`` with any suffix.
        shuffle_options: Deal the choices to the letters anew each time, from the sample's seed
            (:class:`RatioSampler`). Otherwise a small file is learnt by heart, letter by
            letter.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a clip that is asked about has no features.
    """

    metainfo: dict[str, Any] = {}

    def __init__(self, question_file: str, features: str, shuffle_options: bool = False) -> None:
        self.questions = read_questions(Path(question_file))
        self.store = FeatureStore(features)
        self.shuffle_options = shuffle_options
        places = {
            Path(path).with_suffix('').as_posix(): index
            for index, path in enumerate(self.store.paths)
        }
        missing = [q.video for q in self.questions if q.video not in places]
        if missing:
            raise ValueError(
                f'{question_file}: {len(missing)} clips have no features in {features}, such as '
                f'{missing[0]}; extract them from the same list'
            )
        self.places = [places[question.video] for question in self.questions]
        asked = {self.store.paths[place] for place in self.places}
        if broken := sorted(asked & self.store.unreadable.keys()):
            raise ValueError(
                f'{question_file}: {len(broken)} clips that could not be read have no features in '
                f'{features}, such as {broken[0]}; mend them and extract again, or ask nothing of '
                'them'
            )

    def __len__(self) -> int:
        return len(self.questions)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """``inputs``: float32 (S, D); ``data_samples``: an element with ``question``."""
        question = self.questions[index]
        if self.shuffle_options:
            with seeded_draws(index):
                question = question.dealt(np.random.permutation(len(question.options)))
        features = torch.from_numpy(self.store[self.places[index]])
        return dict(inputs=features, data_samples=BaseDataElement(question=question))
