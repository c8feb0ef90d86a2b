"""Repairs of the OpenMMLab stack on current PyTorch.

Each repair looks first whether upstream still needs it and returns ``False`` (nothing done) where
it does not, so that they fall away one by one as upstream mends itself. ``docs/install.md`` tells
what each of them cures; ``tests/test_compat.py`` shows the failure that each of them removes.
"""

import functools
import importlib
import importlib.machinery
import importlib.util
import os.path as osp
import pickle
import shutil
import sys
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch


def stub_missing_drn() -> bool:
    """Stand in for ``mmaction.models.localizers.drn``, which the mmaction2 1.2.0 wheel lacks.

    Without it ``import mmaction.models`` fails (mmaction2 issue 2714). Must run before that import.
    """
    import mmaction

    package = 'mmaction.models.localizers.drn'
    folder = osp.join(osp.dirname(mmaction.__file__), 'models', 'localizers', 'drn')
    if package in sys.modules or osp.isdir(folder):
        return False

    class DRN:
        """Placeholder of the temporal grounding model that is missing in the wheel."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            raise ImportError('DRN is not in the mmaction2 wheel; install mmaction2 from source.')

    for name in (package, f'{package}.drn'):
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=name == package)
        if name == package:
            module.__path__ = []
        sys.modules[name] = module
    sys.modules[f'{package}.drn'].DRN = DRN  # type: ignore[attr-defined]
    return True


def skip_broken_vindlu() -> bool:
    """Import ``mmaction.models`` where transformers is installed but MMAction2's VindLU is broken.

    MMAction2 imports VindLU wherever it finds transformers; VindLU needs timm besides and a
    function that transformers 5 removed. Its placeholders, as without transformers, say so when
    they are built. Must run before that import.
    """
    from mmaction.utils import dependency

    if not dependency.WITH_MULTIMODAL or 'mmaction.models' in sys.modules:
        return False
    if importlib.util.find_spec('timm') is not None:
        from transformers import modeling_utils

        if hasattr(modeling_utils, 'apply_chunking_to_forward'):
            return False
    dependency.WITH_MULTIMODAL = False
    return True


def history_statistic(owner: Any, name: str) -> Any:
    """Stand in for ``getattr`` in checkpoints, for the statistics of a HistoryBuffer alone.

    MMEngine pickles them as ``getattr(HistoryBuffer, 'mean')``. The real ``getattr`` on an
    allow-list would let a checkpoint reach any function.

    Raises:
        pickle.UnpicklingError: anything else is asked for.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is not HistoryBuffer or name not in ('min', 'max', 'mean', 'current'):
        raise pickle.UnpicklingError(f'Unsupported getattr({owner!r}, {name!r})')
    return getattr(owner, name)


def allow_resume_globals() -> bool:
    """Allow the few harmless classes that MMEngine puts in its checkpoints (mmengine issue 1655).

    torch >= 2.6 loads weights-only and refuses every class that is not on its allow-list.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    multiarray = importlib.import_module(
        'numpy._core.multiarray' if hasattr(np, '_core') else 'numpy.core.multiarray'
    )
    # Under the names of numpy 1 and of numpy 2, whichever wrote the checkpoint.
    names = [f'numpy.{core}.multiarray' for core in ('core', '_core')]
    kinds = [np.dtype(kind) for kind in ('f8', 'f4', 'i8', 'i4', 'bool')]
    wanted: list[Any] = [(history_statistic, 'builtins.getattr'), HistoryBuffer]
    wanted += [np.ndarray, np.dtype]
    wanted += [(multiarray._reconstruct, f'{name}._reconstruct') for name in names]
    wanted += [(multiarray.scalar, f'{name}.scalar') for name in names]
    wanted += [type(kind) for kind in kinds]
    missing = [item for item in wanted if item not in torch.serialization.get_safe_globals()]
    torch.serialization.add_safe_globals(missing)
    return bool(missing)


def load_weights_only() -> bool:
    """Make every checkpoint that MMEngine reads load weights-only, with a one-line refusal.

    MMEngine leaves the choice to torch's default for local files, and torch's default for
    downloaded ones is still the unsafe unpickler.
    """
    from mmengine.runner import checkpoint
    from mmengine.runner.checkpoint import CheckpointLoader

    from sefar.checkpoint_files import read_checkpoint_file

    if CheckpointLoader._schemes.get('') is read_checkpoint_file:
        return False
    CheckpointLoader.register_scheme(prefixes='', loader=read_checkpoint_file, force=True)
    checkpoint.load_url = functools.partial(checkpoint.load_url, weights_only=True)
    return True


def launch_without_gpu() -> bool:
    """Let the pytorch launcher work on machines without a GPU, over gloo.

    MMEngine calls ``torch.cuda.set_device`` on every machine that is no other accelerator's, and
    gives ``device_ids`` to DDP, which refuses them for modules on the CPU.
    """
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    if torch.cuda.is_available() or utils._init_dist_pytorch.__module__ == __name__:
        return False

    def init_on_cpu(backend: str, **kwargs: Any) -> None:
        kwargs.pop('init_backend', None)
        torch.distributed.init_process_group(backend='gloo', **kwargs)

    utils._init_dist_pytorch = init_on_cpu
    wrap = MMDistributedDataParallel.__init__

    @functools.wraps(wrap)
    def wrap_on_cpu(self: Any, module: torch.nn.Module, *args: Any, **kwargs: Any) -> None:
        wrap(self, module, *args, **{**kwargs, 'device_ids': None})

    MMDistributedDataParallel.__init__ = wrap_on_cpu
    return True


def format_configs_once() -> bool:
    """Keep the text of a config as long as the config stays as it is.

    MMEngine formats it by yapf for the log, the work dir and every checkpoint; a config of a few
    hundred lines takes a second or two each time, more than the checkpoint itself.
    """
    from mmengine.config import Config

    plain = Config.pretty_text.fget
    if plain is None or plain.__module__ == __name__:
        return False
    texts: dict[str, str] = {}

    def pretty_text(self: Any) -> str:
        """See MMEngine's ``Config.pretty_text``."""
        content = repr(self._cfg_dict)
        if content not in texts:
            if len(texts) == 8:
                del texts[next(iter(texts))]
            texts[content] = plain(self)
        return texts[content]

    Config.pretty_text = property(pretty_text)
    return True


def write_files_whole() -> bool:
    """Let MMEngine write checkpoints aside and put them in their place when they are on the disk.

    It opens the file and writes; a kill or a full disk in between leaves half a checkpoint under
    the name of a whole one.
    """
    from mmengine.fileio.backends import LocalBackend

    from sefar.whole_file import whole_file

    if LocalBackend.put.__module__ == __name__:
        return False

    def put(self: LocalBackend, obj: bytes, filepath: str | Path) -> None:
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(path.parent).free
        if len(obj) > free:
            raise OSError(
                f'{path}: takes {len(obj) / 2**20:.1f} MiB, {free / 2**20:.1f} MiB are free; make '
                'room, and go on by --resume: what was there before is kept'
            )
        with whole_file(path, 'wb') as file:
            file.write(obj)

    LocalBackend.put = put
    return True


def sign_checkpoints() -> bool:
    """Let every checkpoint that a run writes say what its weights are."""
    from mmengine.runner import runner

    from sefar.checkpoint_files import sign

    write = runner.save_checkpoint
    if hasattr(write, '__wrapped__'):
        return False

    @functools.wraps(write)
    def write_signed(checkpoint: dict, *args: Any, **kwargs: Any) -> None:
        sign(checkpoint)  # after the last hook: an EMA hook exchanges the weights
        write(checkpoint, *args, **kwargs)

    runner.save_checkpoint = write_signed
    return True


def bound_histories() -> bool:
    """Keep the last 10,000 values of each logged number, not the last million.

    MMEngine copies them all at every step and writes them to every checkpoint; its log averages
    over the last ten.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    plain = HistoryBuffer.__init__
    if hasattr(plain, '__wrapped__'):
        return False

    @functools.wraps(plain)
    def bounded(
        self: HistoryBuffer,
        log_history: Sequence = (),
        count_history: Sequence = (),
        max_length: int = 10_000,
    ) -> None:
        plain(self, log_history, count_history, max_length)

    HistoryBuffer.__init__ = bounded
    return True


def convolve_frames() -> bool:
    """Let 3D convolutions of single frames be 2D ones, on a CPU in bfloat16.

    Two faults of oneDNN there. The weight gradient of kernels (1, k, k) writes beyond its memory
    where a clip has two frames of 224 pixels (torch 2.7 to 2.14), and the process dies of a double
    free. SlowOnly and SlowFast have such kernels; a frame by itself is what they look at anyway.
    And a kernel over time gives of a clip of one frame what happened to lie in memory (torch 2.13):
    its middle slice is all that meets the frame; where it is not, a second frame of zeros helps.
    """
    conv: Any = torch.nn.Conv3d
    plain = conv._conv_forward
    if hasattr(plain, '__wrapped__'):
        return False

    @functools.wraps(plain)
    def framewise(self: Any, clips: Any, weight: Any, bias: Any) -> Any:
        if clips.device.type != 'cpu' or clips.ndim != 5 or isinstance(self.padding, str):
            return plain(self, clips, weight, bias)
        if not (torch.is_autocast_enabled('cpu') or clips.dtype is torch.bfloat16):
            return plain(self, clips, weight, bias)
        depth, stride = self.kernel_size[0], self.stride[0]
        padding, reach = self.padding[0], self.dilation[0] * (self.kernel_size[0] - 1)
        single = depth == 1 and stride == 1 and padding == 0 and max(self.kernel_size) > 1
        alone = depth > 1 and clips.shape[2] == 1
        if self.padding_mode != 'zeros' or not (single or alone):
            return plain(self, clips, weight, bias)
        if alone and (depth % 2 == 0 or 2 * padding != reach):
            length = (2 * padding - reach) // stride + 1
            longer = torch.nn.functional.pad(clips, (0, 0, 0, 0, 0, 1))
            return plain(self, longer, weight, bias)[:, :, :length]
        frames = clips.transpose(1, 2).flatten(0, 1)
        maps = torch.nn.functional.conv2d(
            frames,
            weight[:, :, depth // 2],
            bias,
            self.stride[1:],
            self.padding[1:],
            self.dilation[1:],
            self.groups,
        )
        return maps.unflatten(0, (len(clips), -1)).transpose(1, 2)

    conv._conv_forward = framewise
    return True


def pool_frames() -> bool:
    """Let 3D max pooling of single frames be 2D pooling, where that is better.

    Under autocast on a CPU the 3D one computes in float32, and what follows is float32 up to the
    next convolution: a tenth of a small ResNet3d's step. On a GPU it has no backward pass that
    adds up in one order, so ``--deterministic`` would stop the run. The values are the same.
    """
    pool: Any = torch.nn.MaxPool3d
    plain = pool.forward
    if hasattr(plain, '__wrapped__'):
        return False

    @functools.wraps(plain)
    def framewise(self: Any, clips: Any) -> Any:
        sizes = (self.kernel_size, self.stride, self.padding, self.dilation)
        depth, *frame = zip(*map(torch.nn.modules.utils._triple, sizes), strict=True)
        kernel, stride, padding, dilation = zip(*frame, strict=True)
        one = depth == (1, 1, 0, 1) and clips.ndim == 5 and not self.return_indices
        better = (
            torch.is_autocast_enabled('cpu')
            if clips.device.type == 'cpu'
            else clips.is_cuda and torch.are_deterministic_algorithms_enabled()
        )
        if not (one and better):
            return plain(self, clips)
        frames = clips.transpose(1, 2).flatten(0, 1)
        maps = torch.nn.functional.max_pool2d(
            frames, kernel, stride, padding, dilation, self.ceil_mode
        )
        return maps.unflatten(0, (len(clips), -1)).transpose(1, 2)

    pool.forward = framewise
    return True


def turn_hues() -> bool:
    """Let MMAction2's ``ColorJitter`` turn hues under numpy 2.

    Its sum of bytes and a negative number raises there, and that with a positive one wraps at 256,
    while OpenCV's hues are 0 to 179. Not one of :data:`REPAIRS`, since it imports MMAction2's
    transforms: ours call it.
    """
    if np.lib.NumpyVersion(np.__version__) < '2.0.0':
        return False
    from mmaction.datasets.transforms import ColorJitter

    def turned(img: np.ndarray, factor: float) -> np.ndarray:
        hsv = cv2.cvtColor(np.clip(img, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(255 * factor)) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)

    ColorJitter.adjust_hue = staticmethod(turned)
    return True


def silence_import_warnings() -> bool:
    """Hide two import-time warnings that a user can do nothing about.

    mmcv-lite misses a deformable attention that nothing here uses, and MMEngine imports the
    deprecated ``pkg_resources`` (which is why setup.py asks for ``setuptools<81``).
    """
    warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')
    warnings.filterwarnings('ignore', message='pkg_resources is deprecated as an API')
    return True


def import_mmpretrain_models() -> bool:
    """Import ``mmpretrain.models`` on a machine without torchvision.

    Two of its modules for visual grounding import ``torchvision.ops.boxes``; no backbone needs it.
    The stand-in is there during the import alone, so that nobody takes it for torchvision. Called
    when a backbone of MMPretrain is built, since the import takes seconds.
    """
    if 'mmpretrain.models' in sys.modules or importlib.util.find_spec('torchvision') is not None:
        return False
    names = ('torchvision', 'torchvision.ops', 'torchvision.ops.boxes')
    modules = {name: types.ModuleType(name) for name in names}
    modules['torchvision'].ops = modules['torchvision.ops']  # type: ignore[attr-defined]
    modules['torchvision.ops'].boxes = modules['torchvision.ops.boxes']  # type: ignore[attr-defined]
    sys.modules.update(modules)
    try:
        importlib.import_module('mmpretrain.models')
    finally:
        for name in names:
            del sys.modules[name]
    return True


def check_every_run() -> bool:
    """Let every run have its checks: of its values, and those of ``PreflightHook``.

    A ``custom_hooks`` of one's own replaces that of the base config, checks included; a teacher
    that nobody moves would then pass for a training.
    """
    from mmengine.runner import Runner

    register, from_cfg = Runner.register_hooks, Runner.from_cfg
    if hasattr(register, '__wrapped__'):
        return False

    @functools.wraps(register)
    def register_with_checks(self: Runner, *args: Any, **kwargs: Any) -> None:
        register(self, *args, **kwargs)
        names = {type(hook).__name__ for hook in self.hooks}
        if hasattr(getattr(self.model, 'module', self.model), 'algorithm') and (
            'PreflightHook' not in names
        ):
            self.register_hook(dict(type='PreflightHook'))

    def from_checked(cls: type[Runner], cfg: Any) -> Runner:
        """See MMEngine's ``Runner.from_cfg``."""
        from sefar.config_values import check_values  # asks MMAction2, which must be whole first

        check_values(cfg.to_dict() if hasattr(cfg, 'to_dict') else cfg)
        return from_cfg.__func__(cls, cfg)

    Runner.register_hooks = register_with_checks
    Runner.from_cfg = classmethod(from_checked)
    return True


REPAIRS: dict[str, Callable[[], bool]] = {
    'mmaction2 wheel without localizers.drn': stub_missing_drn,
    'VindLU with transformers': skip_broken_vindlu,
    'resume under weights-only loading': allow_resume_globals,
    'checkpoints are loaded weights-only': load_weights_only,
    'pytorch launcher without a GPU': launch_without_gpu,
    'configs are formatted once': format_configs_once,
    'checkpoints are there whole or not at all': write_files_whole,
    'checkpoints carry a digest': sign_checkpoints,
    'histories of the log stay bounded': bound_histories,
    'checks whatever the hooks': check_every_run,
    'bfloat16 convolutions of single frames on a CPU': convolve_frames,
    'pooling of single frames': pool_frames,
    'import-time warnings': silence_import_warnings,
}


@functools.cache
def repair() -> dict[str, bool]:
    """Apply every repair once; maps its name to whether it was needed."""
    return {name: fix() for name, fix in REPAIRS.items()}
