"""Each repair, and the failure that it removes."""

import os
import pickle
import subprocess
import sys
import types

import cv2
import mmaction
import numpy as np
import pytest
import torch
from mmaction.datasets.transforms import ColorJitter
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

import sefar.datasets.transforms  # noqa: F401
from sefar import compat
from tests.conftest import free_port


def python(code, path=''):
    return subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(path)},
    )


WHEEL_LACKS_DRN = not os.path.isdir(
    os.path.join(os.path.dirname(mmaction.__file__), 'models', 'localizers', 'drn')
)
needs_broken_wheel = pytest.mark.skipif(
    not WHEEL_LACKS_DRN, reason='this mmaction2 has localizers.drn; nothing to repair'
)


@needs_broken_wheel
def test_drn_without_and_with_the_repair():
    broken = python('import mmaction.models')
    assert "No module named 'mmaction.models.localizers.drn'" in broken.stderr
    # The package repairs on import, so the file is loaded by itself.
    mended = python(
        f'import runpy; fix = runpy.run_path({compat.__file__!r})["stub_missing_drn"]\n'
        'print(fix(), fix())\n'
        'from mmaction.utils import dependency; dependency.WITH_MULTIMODAL = False\n'
        'import mmaction.models'
    )
    assert mended.returncode == 0, mended.stderr
    assert mended.stdout.split() == ['True', 'False']  # the second call finds nothing to do


@needs_broken_wheel
def test_vindlu_without_and_with_the_repair(tmp_path):
    """An environment with a transformers that lacks what VindLU imports, as version 5 does."""
    (tmp_path / 'transformers').mkdir()
    (tmp_path / 'transformers/__init__.py').touch()
    (tmp_path / 'transformers-5.0.0.dist-info').mkdir()
    (tmp_path / 'transformers-5.0.0.dist-info/METADATA').write_text(
        'Metadata-Version: 2.1\nName: transformers\nVersion: 5.0.0\n'
    )
    load = f'import runpy; fixes = runpy.run_path({compat.__file__!r}); '
    load += 'fixes["stub_missing_drn"](); '
    broken = python(load + 'import mmaction.models', tmp_path)
    assert 'vindlu' in broken.stderr and 'Error' in broken.stderr
    mended = python(
        load + 'print(fixes["skip_broken_vindlu"](), fixes["skip_broken_vindlu"]())\n'
        'import mmaction.models; print(mmaction.models.Recognizer3D.__name__)',
        tmp_path,
    )
    assert mended.stdout.split() == ['True', 'False', 'Recognizer3D'], mended.stderr


@needs_broken_wheel
def test_the_stand_in_says_what_it_is():
    from mmaction.models.localizers.drn.drn import DRN

    with pytest.raises(ImportError, match='install mmaction2 from source'):
        DRN()


@pytest.fixture
def checkpoint(tmp_path):
    buffer = HistoryBuffer([1.0, 2.0], [1, 1])
    state = dict(
        state_dict=dict(w=torch.ones(2)), message_hub=dict(loss=buffer), lr=np.float64(0.5)
    )
    path = tmp_path / 'epoch_1.pth'
    torch.save(state, path)
    return str(path)


def test_mmengine_checkpoints_load_weights_only(checkpoint):
    code = f'import torch, mmengine; torch.load({checkpoint!r}, weights_only=True)'
    broken = python(code)
    assert 'Weights only load failed' in broken.stderr
    state = CheckpointLoader.load_checkpoint(checkpoint)
    assert state['message_hub']['loss'].mean() == 1.5
    assert state['lr'] == 0.5


class Evil:
    def __reduce__(self):
        return os.mkdir, ('evil-was-here',)


class ReachesForGlobals:
    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


@pytest.mark.parametrize('payload', [Evil, ReachesForGlobals])
def test_a_checkpoint_that_wants_to_run_code_is_refused(tmp_path, monkeypatch, payload):
    monkeypatch.chdir(tmp_path)
    torch.save(dict(state_dict={}, extra=payload()), 'evil.pth')
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '0')
    with pytest.raises(ValueError, match='evil.pth: refused, because it holds more than weights'):
        CheckpointLoader.load_checkpoint('evil.pth')
    assert not (tmp_path / 'evil-was-here').exists()


def test_downloaded_checkpoints_are_refused_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(dict(extra=Evil()), 'evil.pth')
    url = (tmp_path / 'evil.pth').as_uri()
    from mmengine.runner import checkpoint as mmengine_checkpoint

    with pytest.raises(pickle.UnpicklingError):
        mmengine_checkpoint.load_url(url, model_dir=str(tmp_path / 'hub'))
    assert not (tmp_path / 'evil-was-here').exists()


def test_missing_checkpoint_is_named():
    with pytest.raises(FileNotFoundError, match=r'nowhere.pth: no such checkpoint; check the path'):
        CheckpointLoader.load_checkpoint('nowhere.pth')


def test_only_the_statistics_of_a_history_buffer_are_reached():
    assert compat.history_statistic(HistoryBuffer, 'mean') is HistoryBuffer.mean
    for owner, name in ((HistoryBuffer, '__init__'), (os, 'min')):
        with pytest.raises(pickle.UnpicklingError):
            compat.history_statistic(owner, name)


@pytest.mark.skipif(torch.cuda.is_available(), reason='the launcher works where there is a GPU')
def test_launcher_without_a_gpu():
    environment = (
        "import os; os.environ.update(RANK='0', WORLD_SIZE='1', LOCAL_RANK='0', "
        f"MASTER_ADDR='127.0.0.1', MASTER_PORT='{free_port()}')\n"
    )
    start = environment + (
        'from mmengine.dist import init_dist, get_backend\n'
        "init_dist('pytorch', backend='nccl'); print(get_backend())"
    )
    assert '_cuda_setDevice' in python(start).stderr
    mended = python('import sefar\n' + start)
    assert mended.stdout.strip() == 'gloo', mended.stderr
    wrap = (
        '\nimport torch; from mmengine.model import MMDistributedDataParallel as DDP\n'
        'print(type(DDP(module=torch.nn.Linear(1, 1), device_ids=[0])).__name__)'
    )
    group = "import torch; torch.distributed.init_process_group('gloo')"
    broken = python(environment + group + wrap)
    assert 'device_ids and output_device arguments only work with' in broken.stderr
    mended = python('import sefar\n' + start + wrap)
    assert mended.stdout.split() == ['gloo', 'MMDistributedDataParallel'], mended.stderr


@pytest.mark.skipif(
    compat.importlib.util.find_spec('torchvision') is not None, reason='torchvision is installed'
)
def test_mmpretrain_without_torchvision():
    broken = python('import sefar; import mmpretrain.models')
    assert "No module named 'torchvision'" in broken.stderr
    mended = python(
        'import sys; from sefar.compat import import_mmpretrain_models as fix\n'
        "print(fix(), fix(), 'torchvision' in sys.modules)"
    )
    assert mended.stdout.split() == ['True', 'False', 'False'], mended.stderr


def test_importing_is_quiet():
    done = python('import sefar')
    assert done.returncode == 0 and done.stderr == '', done.stderr


def test_repairs_report_whether_they_were_needed(monkeypatch):
    assert set(compat.repair()) == set(compat.REPAIRS)
    assert compat.load_weights_only() is False  # done already
    module = types.ModuleType('whole')
    monkeypatch.setitem(sys.modules, 'mmaction.models.localizers.drn', module)
    assert compat.stub_missing_drn() is False


def test_building_a_model_loads_what_it_needs_and_no_more():
    """Data, hooks and metrics come when a registry is asked for one."""
    done = python(
        """
import sys
import sefar
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.registry import init_default_scope

init_default_scope('mmaction')
MODELS.build(Config.fromfile('configs/sefar/sefar_recommended_synthgym_10p.py').model)
ours = {name for name in sys.modules if name.split('.')[0] == 'sefar'}
assert not [name for name in ours if name.split('.')[1:2] == ['datasets']], ours
lines = 0
for name in ours:
    if name.startswith('sefar.algorithms.'):
        continue  # every method says its name
    with open(sys.modules[name].__file__) as file:
        lines += len(file.readlines())
assert lines < 3500, lines
TRANSFORMS.build(dict(type='DualLevelSampleFrames'))
"""
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_text_of_a_config_is_formatted_once(monkeypatch):
    from mmengine.config import config as module

    calls = []
    format_code = module.FormatCode
    monkeypatch.setattr(
        module,
        'FormatCode',
        lambda *args, **kwargs: calls.append(1) or format_code(*args, **kwargs),
    )
    cfg = module.Config(dict(a=dict(b=[1, 2]), unlikely=4711))
    first = cfg.pretty_text
    assert cfg.pretty_text == first and len(calls) == 1
    assert module.Config(dict(a=dict(b=[1, 2]), unlikely=4711)).pretty_text == first
    assert len(calls) == 1
    cfg.a.b.append(3)
    assert '    3,' in cfg.pretty_text and '    3,' not in first and len(calls) == 2
    for number in range(20):  # what is kept stays small
        assert f'number = {number}' in module.Config(dict(number=number)).pretty_text


def test_a_history_keeps_its_last_ten_thousand():
    buffer = HistoryBuffer([7.0] * 9_999, [1] * 9_999)
    for value in (1.0, 2.0, 3.0):
        buffer.update(value)
    history, counts = buffer.data
    assert len(history) == len(counts) == 10_000
    assert history[[0, -4, -3, -2, -1]].tolist() == [7.0, 7.0, 1.0, 2.0, 3.0]
    assert buffer.mean(2) == 2.5
    assert len(HistoryBuffer([0.0] * 20_000, [1] * 20_000, max_length=30_000).data[0]) == 20_000


@pytest.mark.parametrize(
    'sizes',
    [dict(kernel_size=(1, 3, 3), stride=(1, 2, 1), padding=(0, 1, 1)), dict(kernel_size=(1, 2, 3))],
)
def test_pooling_of_one_frame_in_bfloat16_on_a_cpu(sizes):
    """The same values as torch's 3D pooling, which autocast takes to float32."""
    clips = torch.randn(2, 4, 3, 9, 8).to(torch.bfloat16)
    for ceil_mode in (False, True):
        pool = torch.nn.MaxPool3d(**sizes, ceil_mode=ceil_mode)
        with torch.autocast('cpu', torch.bfloat16):
            found = pool(clips.contiguous(memory_format=torch.channels_last_3d))
        assert found.dtype is torch.bfloat16
        assert found.float().equal(pool(clips.float()))
    with torch.autocast('cpu', torch.bfloat16):  # what looks at several frames is left to torch
        assert torch.nn.MaxPool3d(2)(clips).float().equal(torch.nn.MaxPool3d(2)(clips.float()))


def test_checkpoints_of_numpy_1_and_2_are_read():
    allowed = {
        item[1] for item in torch.serialization.get_safe_globals() if isinstance(item, tuple)
    }
    for core in ('core', '_core'):
        for name in ('_reconstruct', 'scalar'):
            assert f'numpy.{core}.multiarray.{name}' in allowed


def test_hues_are_turned_and_turned_back():
    """OpenCV's hues are 0 to 179: red, green and blue lie 60 apart."""
    colours = np.eye(3, dtype=np.uint8)[None] * 255
    for factor, shift in ((60.2 / 255, 1), (-60.2 / 255, -1), (0.0, 0), (120.2 / 255, 2)):
        found = ColorJitter.adjust_hue(colours, factor)
        assert found.dtype == np.float32
        assert (found == np.roll(colours, shift, -1)).all()
    pink = cv2.cvtColor(np.uint8([[[170, 255, 255]]]), cv2.COLOR_HSV2RGB)
    found = ColorJitter.adjust_hue(pink, 127.2 / 255).astype(np.uint8)
    assert cv2.cvtColor(found, cv2.COLOR_RGB2HSV)[0, 0, 0] == 170 + 127 - 180  # not less 256
    frames = [np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)]
    jitter = ColorJitter(hue=0.5)
    for _ in range(20):
        jitter(dict(imgs=frames))


def test_kernels_of_one_frame_in_bfloat16_on_a_cpu():
    """The size at which torch 2.13 dies of a double free in the backward pass, and the values."""
    done = python(
        'import torch, sefar\n'
        'conv = torch.nn.Conv3d(3, 64, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False)\n'
        'with torch.autocast("cpu", torch.bfloat16):\n'
        '    conv(torch.randn(2, 3, 2, 224, 224)).sum().backward()\n'
        'print(tuple(conv.weight.grad.shape))'
    )
    assert done.stdout.strip() == '(64, 3, 1, 7, 7)', done.stderr
    conv = torch.nn.Conv3d(4, 6, (1, 3, 5), (1, 2, 1), (0, 1, 2), groups=2)
    clips = torch.randn(2, 4, 3, 9, 8, requires_grad=True)
    exact = conv(clips)
    wanted = torch.autograd.grad(exact.square().sum(), (clips, *conv.parameters()))
    with torch.autocast('cpu', torch.bfloat16):
        found = conv(clips)
    assert found.dtype is torch.bfloat16
    torch.testing.assert_close(found.float(), exact, atol=0.05, rtol=0.02)
    gradients = torch.autograd.grad(found.float().square().sum(), (clips, *conv.parameters()))
    for one, other in zip(gradients, wanted, strict=True):
        assert torch.cosine_similarity(one.flatten(), other.flatten(), dim=0) > 0.999
    with torch.autocast('cpu', torch.bfloat16):  # what a string pads is left to torch
        torch.nn.Conv3d(4, 6, (1, 3, 3), padding='same')(clips)


@pytest.mark.parametrize(
    'sizes',
    [
        dict(kernel_size=(3, 5, 5), stride=(1, 2, 2), padding=(1, 2, 2)),
        dict(kernel_size=(5, 3, 3), stride=(2, 1, 1), padding=(4, 1, 1), dilation=(2, 1, 1)),
        dict(kernel_size=(3, 3, 3), padding=(2, 1, 1)),
        dict(kernel_size=(4, 3, 3), stride=(2, 1, 1), padding=(2, 1, 1)),
    ],
)
def test_kernels_over_time_on_one_frame_in_bfloat16_on_a_cpu(sizes):
    """Torch 2.13 gives what lies in memory, so something is laid there."""
    conv = torch.nn.Conv3d(3, 16, **sizes)
    clips = torch.randn(32, 3, 1, 32, 32, requires_grad=True)
    exact = conv(clips)
    wanted = torch.autograd.grad(exact.square().sum(), (clips, *conv.parameters()))
    junk = [torch.full_like(exact, 1e36, dtype=torch.bfloat16) for _ in range(8)]
    del junk
    with torch.autocast('cpu', torch.bfloat16):
        found = conv(clips.contiguous(memory_format=torch.channels_last_3d))
    torch.testing.assert_close(found.float(), exact, atol=0.05, rtol=0.02)
    gradients = torch.autograd.grad(found.float().square().sum(), (clips, *conv.parameters()))
    for one, other in zip(gradients, wanted, strict=True):
        assert torch.cosine_similarity(one.flatten(), other.flatten(), dim=0) > 0.999
