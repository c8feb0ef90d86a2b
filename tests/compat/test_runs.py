"""Its runner."""

import pytest
import torch
from mmengine.logging import HistoryBuffer

from tests.conftest import free_port

from . import python


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


def test_the_text_of_a_config_is_formatted_once(monkeypatch):
    from mmengine.config import config as module
    from yapf.yapflib.yapf_api import FormatCode

    calls = []
    monkeypatch.setattr(
        module, 'FormatCode', lambda *args, **kwargs: calls.append(1) or FormatCode(*args, **kwargs)
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
