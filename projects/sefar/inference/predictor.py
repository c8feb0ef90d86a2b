"""What a trained recognizer says of clips."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.dataset import pseudo_collate
from scipy.special import entr, softmax
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from sefar.commands import last_line_of
from sefar.datasets.seeding import mix_seed
from sefar.models.modes import drawing
from sefar.models.pseudo_labels.monte_carlo import dropouts, monte_carlo_probs

from .clip_sources import Clip
from .trained import Trained, clip_info


class Prediction(NamedTuple):
    """What is said of one clip.

    Attributes:
        clip: The clip.
        probs: float32 (C, ), empty where the clip cannot be read.
        draws: float32 (U, C), predictions with dropout; (0, C) where the network has none.
        feature: float32 (D, ), what the head takes, averaged over positions and views.
        error: Why the clip cannot be read, on one line.
    """

    clip: Clip
    probs: np.ndarray = np.empty(0, np.float32)
    draws: np.ndarray = np.empty((0, 0), np.float32)
    feature: np.ndarray = np.empty(0, np.float32)
    error: str | None = None

    @property
    def label(self) -> int:
        """The likeliest class."""
        return int(self.probs.argmax())

    @property
    def spreads(self) -> np.ndarray:
        """σ of each class over the U predictions, float (C, ): of a sample, over U - 1 (Eq. 7)."""
        return self.draws.std(0, ddof=1)

    @property
    def spread(self) -> float:
        """σ of the likeliest class; nan without repeated predictions."""
        return float(self.spreads[self.label]) if len(self.draws) > 1 else float('nan')

    @property
    def mean(self) -> np.ndarray:
        """Mean of the U predictions, or the one where there are none: float (C, )."""
        return self.draws.mean(0) if len(self.draws) else self.probs

    @property
    def doubt(self) -> float:
        """Entropy of the mean prediction, in nats: what to look at first."""
        return entropy(self.mean)

    def condensed(self) -> 'Prediction':
        """With the mean of the U predictions in their place: what many clips need of them."""
        return self._replace(draws=self.draws.mean(0, keepdims=True)) if len(self.draws) else self

    def calibrated(self, temperature: float) -> 'Prediction':
        """With probabilities under a temperature, see :func:`fit_temperature`."""
        return self._replace(
            probs=tempered(self.probs, temperature), draws=tempered(self.draws, temperature)
        )


def entropy(probs: np.ndarray) -> float:
    """Of a distribution (C, ), in nats."""
    return float(entr(probs).sum())


def tempered(probs: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities (…, C) as softmax(logits / T) would give them."""
    if not probs.size:
        return probs
    return softmax(np.log(np.maximum(probs, 1e-30)) / temperature, -1).astype(np.float32)


class Predictor:
    """Predict clips in batches, each read as the checkpoint's config reads test clips.

    Args:
        trained: From :func:`load_trained`.
        network: Name of a network; the one that predicts if not given.
        device: Where to compute.
        draws: U, predictions with dropout of each clip; fewer than 2 make none.
        batch_size: Clips a pass.
        workers: Processes that read clips; 0 reads in this one.
        seed: Of the dropout.

    Raises:
        ValueError: there is no such network.
    """

    def __init__(
        self,
        trained: Trained,
        network: str | None = None,
        device: torch.device | str = 'cpu',
        draws: int = 10,
        batch_size: int = 16,
        workers: int = 0,
        seed: int = 0,
    ) -> None:
        self.network: Any = trained.network(network).to(device).eval()
        self.preprocessor = trained.model.data_preprocessor.to(device)
        self.pipeline = trained.pipeline
        self.draws = draws if draws > 1 and dropouts(self.network) else 0
        self.batch_size = batch_size
        self.workers = workers
        self.seed = seed
        self._lock = threading.Lock()  # what the head was given is of one batch at a time
        self._feats: Tensor = torch.empty(0)
        self.network.cls_head.register_forward_pre_hook(self._keep)

    def _keep(self, head: Any, args: tuple) -> None:
        self._feats = args[0]

    def __call__(self, clips: Sequence[Clip]) -> Iterator[Prediction]:
        """Predict clips, in their order; one that cannot be read costs its own place only."""
        loader = DataLoader(
            Samples(clips, self.pipeline),
            self.batch_size,
            num_workers=self.workers,
            collate_fn=list,
            # Its own, since a draw from torch's would fall among another thread's dropout.
            generator=torch.Generator(),
            multiprocessing_context='forkserver' if self.workers else None,
        )
        for number, batch in enumerate(loader):
            read = [item['sample'] for item in batch if 'sample' in item]
            said = iter(self.predict(read, number)) if read else iter(())
            for item in batch:
                clip = clips[item['index']]
                if 'error' in item:
                    yield Prediction(clip, error=item['error'])
                else:
                    yield next(said)._replace(clip=clip)

    @torch.no_grad()
    def predict(self, samples: Sequence[dict], number: int = 0) -> list[Prediction]:
        """Predict a batch of what the pipeline made; ``number`` seeds its dropout."""
        data = self.preprocessor(pseudo_collate(samples))
        inputs = data['inputs']
        with self._lock:
            said = self.network(inputs, data['data_samples'], mode='predict')
            probs = torch.stack([sample.pred_score for sample in said]).float()
            feats, draws = self._feats, probs.new_empty(0, *probs.shape)
            if self.draws:
                draws = self._draw(inputs, feats, number)
        # (B · views, D), (B · views, E, D) of elements, or feature maps (B · views, D, positions…)
        flat = feats.flatten(1) if feats.ndim < 4 else feats.flatten(2).mean(-1)
        feature = flat.float().view(len(samples), -1, flat.shape[1]).mean(1)
        arrays = (probs, draws.transpose(0, 1), feature)
        columns = (array.cpu().numpy() for array in arrays)
        unknown = Clip('', '')
        return [Prediction(unknown, *row) for row in zip(*columns, strict=True)]

    def _draw(self, inputs: Tensor, feats: Tensor, number: int) -> Tensor:
        """Predictions with dropout, averaged over views: float (U, B, C)."""
        views = inputs.shape[1]
        with drawing(mix_seed(self.seed, number), inputs.device):
            if views == 1:
                return monte_carlo_probs(self.network, inputs, self.draws, feats)
            each = [
                monte_carlo_probs(self.network, inputs[:, [view]], self.draws)
                for view in range(views)
            ]
        return torch.stack(each).mean(0)


class Samples(Dataset):
    """Clips as the network takes them, or why they cannot be read.

    Args:
        clips: The clips.
        pipeline: Configs of the transforms.
    """

    def __init__(self, clips: Sequence[Clip], pipeline: list[dict]) -> None:
        self.clips = clips
        self.pipeline = Compose(pipeline)

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """``sample``, or ``error`` on one line."""
        try:
            info = clip_info(self.clips[index].filename)
            return dict(index=index, sample=self.pipeline(info))
        except Exception as error:  # whatever a decoder says of a broken file
            return dict(index=index, error=last_line_of(error))
