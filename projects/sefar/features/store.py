"""Features on disk: shards that are written whole or not at all, an index and a manifest.

::

    out/manifest.json        config, checkpoint, list (by their SHA-256), folder of clips, kind
    out/index.csv            path,label of every clip, in the order of the list
    out/00000.safetensors    features float32 (clips of the shard, tokens, width)
    out/00001.safetensors    …
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from decord import DECORDError
from safetensors import safe_open
from safetensors.numpy import save
from tqdm import tqdm

from sefar.commands import last_line_of
from sefar.config_files import read_config
from sefar.config_values import digest_of
from sefar.datasets.clip_lists import ClipEntry, paths_of, read_clip_list
from sefar.inference.trained import as_device
from sefar.version import __version__
from sefar.whole_file import whole_file

from .extractor import FeatureExtractor
from .frame_encoder import HUB, FrameEncoder

UNREADABLE = 'unreadable'
"""Of a shard's metadata: clips that cannot be read, and why, as JSON."""


class FeatureStore(Sequence[np.ndarray]):
    """Features that :func:`extract` wrote; one row is read at a time.

    Examples:
        ``FeatureStore('features')[0]`` is the first clip's, float32 (tokens, width).

    Attributes:
        paths: Clips, as the list names them.
        labels: int64 (N, ), -1 where the list has none.
        manifest: What made the features.
        unreadable: Clips that cannot be read, and why; they have no features.

    Args:
        folder: What :func:`extract` wrote.

    Raises:
        FileNotFoundError: it is no such folder, or shards are missing.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            self.manifest: dict[str, Any] = json.loads((self.folder / 'manifest.json').read_text())
        except FileNotFoundError:
            raise FileNotFoundError(
                f'{folder}: no manifest.json; extract features by tools/extract_features.py'
            ) from None
        missing = [shard for shard in self._shards() if not shard.is_file()]
        if missing:
            raise FileNotFoundError(
                f'{folder}: {len(missing)} shards are missing, {missing[0].name} the first; run '
                'tools/extract_features.py again, it goes on where it stopped'
            )
        with (self.folder / 'index.csv').open(newline='') as file:
            rows = list(csv.DictReader(file))
        self.paths = [row['path'] for row in rows]
        self.labels = np.array([int(row['label']) for row in rows])
        self.unreadable: dict[str, str] = {}
        for shard in self._shards():
            self.unreadable |= unreadable_of(shard)
        self._place = {path: index for index, path in enumerate(self.paths)}

    def _shards(self) -> list[Path]:
        number = -(-self.manifest['clips'] // self.manifest['shard_size'])
        return [self.folder / shard_name(index) for index in range(number)]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Any:
        """One clip's features, float32 (tokens, width); a slice gives a list.

        Raises:
            ValueError: the clip cannot be read, so that it has none.
        """
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f'clip {index} of {len(self)}')
        if (reason := self.unreadable.get(self.paths[index])) is not None:
            raise ValueError(f'{self.paths[index]}: cannot be read ({reason}); leave it out')
        shard, row = divmod(index % len(self), self.manifest['shard_size'])
        with safe_open(self.folder / shard_name(shard), 'np') as file:
            return file.get_slice('features')[row]

    def of(self, path: str) -> np.ndarray:
        """Features of the clip that the list names ``path``.

        Raises:
            KeyError: the list names no such clip.
        """
        if path not in self._place:
            raise KeyError(f'{self.folder}: no features of {path}')
        return self[self._place[path]]


def shard_name(index: int) -> str:
    """File name of a shard."""
    return f'{index:05d}.safetensors'


def unreadable_of(shard: Path) -> dict[str, str]:
    """Clips of a shard that cannot be read, and why."""
    with safe_open(shard, 'np') as opened:
        return json.loads(opened.metadata()[UNREADABLE])


def extract(
    config: str,
    checkpoint: str | None,
    clip_list: Path,
    clips: Path,
    out: Path,
    kind: str = 'fused',
    network: str | None = None,
    processes: int = 1,
    batch_size: int = 8,
    shard_size: int = 256,
    device: str = 'cpu',
    seed: int = 0,
) -> FeatureStore:
    """Extract the features of a list of clips; what is there already is kept.

    Shards in which a clip could not be read are made anew, since it may have been mended.

    Args:
        config: Config of the recognizer; or ``'transformers:PATH'`` for an image encoder of Hugging
            Face on single frames, see :class:`FrameEncoder`.
        checkpoint: The recognizer's weights, or ``None`` for random ones.
        clip_list: Clip list, labels optional.
        clips: Folder that its paths are relative to.
        out: Folder for the features.
        kind: See :class:`FeatureExtractor`.
        network: Likewise.
        processes: Each takes every ``processes``-th shard; on GPUs, the next GPU.
        batch_size: Clips of a forward pass.
        shard_size: Clips of a file.
        device: ``'cpu'`` or ``'cuda'``.
        seed: Of random weights.

    Raises:
        ValueError: ``out`` holds features that something else made; arguments do not fit; no clip
            can be read.
        FileNotFoundError: a file is not there.
        RuntimeError: one of several processes stopped; says of what.
    """
    as_device(device)
    if config.startswith(HUB) and (checkpoint or network):
        raise ValueError(
            f'{config}: brings its own weights and is one network; wanted checkpoint none and no '
            '--network'
        )
    entries = read_clip_list(str(clip_list), labels_required=False)
    if checkpoint and not Path(checkpoint).is_file():
        raise FileNotFoundError(f'{checkpoint}: no such checkpoint')
    paths_of(clip_list, entries, clips)
    manifest = dict(
        kind=kind,
        network=network,
        folder=str(clips.resolve()),
        clips=len(entries),
        shard_size=shard_size,
        config=config,
        config_sha256=_config_hash(config),
        checkpoint=checkpoint,
        checkpoint_sha256=_sha256(Path(checkpoint).read_bytes()) if checkpoint else None,
        seed=None if checkpoint else seed,
        list=str(clip_list),
        list_sha256=_sha256(clip_list.read_bytes()),
        sefar=__version__,
    )
    _claim(out, manifest)
    with (out / 'index.csv').open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(('path', 'label'))
        writer.writerows((entry.path, entry.label) for entry in entries)
    shards = [
        (out / shard_name(index), entries[start : start + shard_size])
        for index, start in enumerate(range(0, len(entries), shard_size))
    ]
    todo = [shard for shard in shards if not shard[0].is_file() or unreadable_of(shard[0])]
    make = (config, checkpoint, kind, network, device, seed, clips, batch_size, todo)
    if processes > 1 and len(todo) > 1:
        try:
            torch.multiprocessing.spawn(_work, (processes, *make), nprocs=processes)
        except torch.multiprocessing.ProcessRaisedException as error:
            raise RuntimeError(last_line_of(error)) from error
    elif todo:
        _work(0, 1, *make)
    store = FeatureStore(out)
    if len(store.unreadable) == len(store):
        clip, reason = next(iter(store.unreadable.items()))
        raise ValueError(
            f'{clips / clip}: cannot be read ({reason}), nor can any other clip of {clip_list}'
        )
    return store


def _claim(out: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, or check that the one of the features there says the same."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / 'manifest.json'
    if path.is_file() and any(out.glob('*.safetensors')):
        there = json.loads(path.read_text())
        names = ('config', 'checkpoint', 'list')  # told apart by their content
        differing = [k for k in manifest if k not in names and there.get(k) != manifest[k]]
        if differing:
            key = differing[0]
            raise ValueError(
                f'{out}: holds features with {key}={there.get(key)!r}, wanted {manifest[key]!r}; '
                'give another folder, or delete it'
            )
        return
    path.write_text(json.dumps(manifest, indent=2))


def _work(
    rank: int,
    processes: int,
    config: str,
    checkpoint: str | None,
    kind: str,
    network: str | None,
    device: str,
    seed: int,
    clips: Path,
    batch_size: int,
    shards: list[tuple[Path, list[ClipEntry]]],
) -> None:
    if processes > 1:
        torch.set_num_threads(max(1, torch.get_num_threads() // processes))
    if device == 'cuda':
        device = f'cuda:{rank % torch.cuda.device_count()}'
    extractor: FeatureExtractor | FrameEncoder
    if config.startswith(HUB):
        extractor = FrameEncoder(config.removeprefix(HUB), kind, device)
    else:
        extractor = FeatureExtractor(config, checkpoint, kind, network, device, seed)
    mine = shards[rank::processes]
    total = sum(len(entries) for _, entries in mine)
    name = 'extract' if processes == 1 else f'extract, process {rank}'
    with tqdm(total=total, desc=name, unit='clip', position=rank) as bar:
        for path, entries in mine:
            rows: list[np.ndarray | None] = []
            unreadable: dict[str, str] = {}
            for batch in _batches(entries, batch_size):
                rows += _features(extractor, batch, clips, unreadable)
                bar.update(len(batch))
            shape = next((row.shape for row in rows if row is not None), (0, 0))
            gap = np.full(shape, np.nan, np.float32)
            features = np.stack([gap if row is None else row for row in rows])
            with whole_file(path, 'wb') as file:
                file.write(save({'features': features}, {UNREADABLE: json.dumps(unreadable)}))


def _features(
    extractor: Any, batch: list[ClipEntry], clips: Path, unreadable: dict[str, str]
) -> list[np.ndarray | None]:
    """Features of clips; ``None`` for one that cannot be read, which is noted with its reason."""
    read: dict[int, Any] = {}
    for place, entry in enumerate(batch):
        try:
            read[place] = extractor.read(str(clips / entry.path))
        except (DECORDError, OSError, RuntimeError, ValueError) as error:
            unreadable[entry.path] = last_line_of(error)
    found = dict(zip(read, extractor(list(read.values())) if read else (), strict=True))
    return [found.get(place) for place in range(len(batch))]


def _batches(entries: list[ClipEntry], size: int) -> Iterator[list[ClipEntry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _config_hash(config: str) -> str:
    """Of a recognizer's config; an image encoder is told by its path alone."""
    hub = config.startswith(HUB)
    return _sha256(config.encode()) if hub else digest_of(read_config(config).to_dict())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
