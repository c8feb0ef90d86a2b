"""Checkpoints say whether their weights are those that were written."""

import hashlib

import pytest
import torch

from sefar.checkpoint_files import DIGEST, read_checkpoint_file, weights_digest
from tests.conftest import run_tool


def test_the_digest_is_of_names_kinds_shapes_and_bytes():
    state = dict(w=torch.tensor([[1.0, 2.0]]), n=torch.tensor(3))
    wanted = hashlib.blake2b(digest_size=16)
    wanted.update(b'w torch.float32 (1, 2);' + bytes([0, 0, 128, 63, 0, 0, 0, 64]))
    wanted.update(b'n torch.int64 ();' + bytes([3, 0, 0, 0, 0, 0, 0, 0]))
    assert weights_digest(state) == wanted.hexdigest()
    others = [
        dict(state, w=torch.tensor([[1.0, 2.0000002]])),
        dict(state, w=torch.tensor([[1.0], [2.0]])),
        dict(state, w=torch.tensor([[1.0, 2.0]]).view(torch.int32)),
        dict(v=state['w'], n=state['n']),
        dict(w=state['w']),
    ]
    assert len({weights_digest(other) for other in [state, *others]}) == 6
    strided = dict(state, w=torch.tensor([[1.0, 9.0, 2.0, 9.0]])[:, ::2])
    assert weights_digest(strided) == wanted.hexdigest()
    half = dict(
        w=torch.ones(2, dtype=torch.bfloat16), flag=torch.tensor([True]), empty=torch.ones(0)
    )
    assert weights_digest(half) != weights_digest(dict(half, flag=torch.tensor([False])))


@pytest.mark.parametrize('text', ['model = dict()', 'clip,label\na.mp4,1', '/runs/epoch_3.pth'])
def test_a_text_file_is_no_checkpoint(tmp_path, text):
    (tmp_path / 'x.py').write_text(text)
    with pytest.raises(ValueError, match='x.py: is no checkpoint(; wanted|, or is damaged)'):
        read_checkpoint_file(str(tmp_path / 'x.py'))


def test_other_weights_than_the_run_wrote_are_refused(checkpoint, tmp_path):
    loaded = read_checkpoint_file(str(checkpoint))
    assert loaded['meta'][DIGEST] == weights_digest(loaded['state_dict'])
    del loaded['optimizer']  # as MMAction2's publish_model does
    torch.save(loaded, tmp_path / 'published.pth')
    assert read_checkpoint_file(str(tmp_path / 'published.pth'))['meta'][DIGEST]

    weights = next(value for value in loaded['state_dict'].values() if value.ndim > 1)
    weights.view(torch.uint8).view(-1)[5] ^= 1
    torch.save(loaded, tmp_path / 'flipped.pth')  # whole, as far as the zip can tell
    with pytest.raises(ValueError, match='its weights are not those that its run wrote; take'):
        read_checkpoint_file(str(tmp_path / 'flipped.pth'))
    done = run_tool('tools/predict.py', tmp_path / 'flipped.pth', tmp_path)
    assert done.returncode == 1
    assert done.stderr.count('\n') == 1
    assert 'flipped.pth: its weights are not those' in done.stderr
    del loaded['meta'][DIGEST]
    torch.save(loaded, tmp_path / 'mine.pth')
    read_checkpoint_file(str(tmp_path / 'mine.pth'))
