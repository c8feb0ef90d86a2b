import shutil
import time

import decord
import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from sefar.datasets import read_clip_list
from sefar.drill.trial import start_copied
from sefar.features import FeatureExtractor, FeatureStore, extract
from tests.conftest import ROOT, run_tool, tiny_config


@pytest.fixture(scope='module')
def model(clips, tmp_path_factory):
    """A config and a checkpoint whose networks differ."""
    folder = tmp_path_factory.mktemp('model')
    cfg = tiny_config(clips, folder)
    runner = Runner.from_cfg(cfg)
    runner.model.init_weights()
    for parameter in runner.model.networks['teacher'].parameters():
        parameter.data.add_(0.05)
    torch.save(dict(state_dict=runner.model.state_dict()), folder / 'weights.pth')
    cfg.dump(folder / 'config.py')
    return str(folder / 'config.py'), str(folder / 'weights.pth'), runner


@pytest.mark.parametrize('network', ['student', 'teacher'])
def test_fused_features_are_what_the_scores_of_testing_come_from(model, clips, network):
    config, checkpoint, runner = model
    extractor = FeatureExtractor(config, checkpoint, network=network)
    paths = [clips / 'videos' / e.path for e in read_clip_list(str(clips / 'test.txt'))]
    fused = extractor.files(paths)
    assert fused.shape == (6, 1, 16) and fused.dtype == np.float32
    head = runner.model.networks[network].cls_head.eval()
    scores = head.classify(torch.from_numpy(fused[:, 0])).softmax(1)
    runner.model.eval()
    tested = [
        sample.get(f'{network}_score')
        for batch in runner.test_dataloader
        for sample in runner.model.test_step(batch)
    ]
    torch.testing.assert_close(scores, torch.stack(tested), atol=1e-5, rtol=1e-4)


def test_arrays_and_files_give_the_same(model, clips):
    extractor = FeatureExtractor(*model[:2], kind='elements')
    path = clips / 'videos/test_1.mp4'
    reader = decord.VideoReader(str(path))
    array = reader.get_batch(range(len(reader))).asnumpy()
    features = extractor.files([path])
    assert features.shape == (1, 3, 64)
    np.testing.assert_array_equal(extractor.arrays([array]), features)


@pytest.mark.parametrize('name', ['sefar_synthgym_10p', 'sefar_s_gym99_5p'])
def test_patches_are_the_tokens_behind_the_elements(clips, tmp_path, name):
    """Zoo backbones: an element's vector is the mean of its positions. ViTs: patches a frame."""
    cfg = tiny_config(clips, tmp_path, name)
    paths = [clips / 'videos/test_0.mp4', clips / 'videos/test_2.mp4']
    patches = FeatureExtractor(cfg, None, kind='patches').files(paths)
    elements = FeatureExtractor(cfg, None, kind='elements').files(paths)
    if name == 'sefar_s_gym99_5p':
        assert patches.shape == (2, 8 * 4, 24)
        assert np.abs(patches.mean(-1)).max() < 1e-5  # each went through the last layer norm
        return
    per_frame = patches.shape[1] // 8
    means = [part.mean(1) for part in np.split(patches, [2 * per_frame, 4 * per_frame], axis=1)]
    np.testing.assert_allclose(np.stack(means, 1), elements, atol=1e-5)


def test_store_gives_back_rows_by_number_and_by_name(model, clips, tmp_path):
    config, checkpoint, _ = model
    out = tmp_path / 'out'
    store = extract(config, checkpoint, clips / 'test.txt', clips / 'videos', out, shard_size=4)
    direct = FeatureExtractor(config, checkpoint).files(
        [clips / 'videos' / path for path in store.paths]
    )
    assert len(store) == 6 and store.labels.tolist() == [0, 1, 2, 0, 1, 2]
    np.testing.assert_allclose(np.stack(store[:]), direct, atol=1e-6)
    np.testing.assert_array_equal(store.of('test_5.mp4'), store[-1])
    with pytest.raises(KeyError, match=r'no features of other\.mp4'):
        store.of('other.mp4')
    (out / '00001.safetensors').unlink()
    with pytest.raises(FileNotFoundError, match=r'1 shards are missing, 00001\.safetensors'):
        FeatureStore(out)


def test_another_checkpoint_does_not_mix_with_what_is_there(model, clips, tmp_path):
    config, checkpoint, _ = model
    out = tmp_path / 'out'
    extract(config, checkpoint, clips / 'test.txt', clips / 'videos', out)
    with pytest.raises(ValueError, match='holds features with checkpoint_sha256='):
        extract(config, None, clips / 'test.txt', clips / 'videos', out)


def test_clips_of_another_folder_do_not_mix_with_what_is_there(model, clips, tmp_path):
    lists = model[0], None, clips / 'test.txt'
    shutil.copytree(clips / 'videos', tmp_path / 'videos')
    extract(*lists, clips / 'videos', tmp_path / 'out')
    with pytest.raises(ValueError, match=r"holds features with folder='.*/videos', wanted"):
        extract(*lists, tmp_path / 'videos', tmp_path / 'out')


def test_a_mistake_leaves_no_mark(model, clips, tmp_path):
    rest = (clips / 'test.txt', clips / 'videos', tmp_path / 'out')
    with pytest.raises(ValueError, match='pupil'):
        extract(*model[:2], *rest, network='pupil')
    with pytest.raises(RuntimeError, match=r'^ValueError: .*pupil[^\n]*$'):
        extract(*model[:2], *rest, network='pupil', processes=2, shard_size=3)
    assert len(extract(*model[:2], *rest, network='student')) == 6


def command(model, clips, out, *extra):
    lists = ['--list', str(clips / 'unlabelled.txt'), '--clips', str(clips / 'videos')]
    sizes = ['--shard-size', '1', '--batch-size', '1']
    return ['tools/extract_features.py', *model[:2], *lists, '--out', str(out), *sizes, *extra]


def test_killed_extraction_goes_on_and_two_processes_agree(model, clips, tmp_path):
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    alone = dict(OMP_NUM_THREADS='1')
    done = run_tool(*command(model, clips, whole, '--processes', '2'), **alone)
    assert done.returncode == 0, done.stderr
    tool, *words = command(model, clips, killed)
    process = start_copied(ROOT / tool, words, ROOT, tmp_path, env=alone)
    deadline = time.time() + 100
    while len(list(killed.glob('*.safetensors'))) < 2 and time.time() < deadline:
        time.sleep(0.01)
    process.kill()
    process.join()
    first = killed / '00000.safetensors'
    written = first.stat().st_mtime_ns
    done = run_tool(*command(model, clips, killed), **alone)
    assert done.returncode == 0 and first.stat().st_mtime_ns == written
    for path in sorted(whole.glob('*.safetensors')):
        assert (killed / path.name).read_bytes() == path.read_bytes()
    assert len(FeatureStore(killed)) == 12


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(checkpoint='missing.pth'), 'missing.pth: no such checkpoint'),
        (dict(clips='elsewhere'), 'is not there; check --clips'),
        (dict(config='missing.py'), 'missing.py'),
        (dict(list='missing.txt'), 'no such clip list'),
    ],
)
def test_wrong_input(model, clips, tmp_path, change, message):
    given = dict(
        config=model[0], checkpoint=model[1], list=clips / 'test.txt', clips=clips / 'videos'
    )
    given |= change
    lists = ['--list', given['list'], '--clips', given['clips'], '--out', tmp_path / 'out']
    done = run_tool('tools/extract_features.py', given['config'], given['checkpoint'], *lists)
    assert done.returncode == 1 and message in done.stderr and 'Traceback' not in done.stderr


def test_a_checkpoint_without_its_head_gives_no_fused_features(model, tmp_path):
    state = torch.load(model[1], weights_only=True)['state_dict']
    body = {key: value for key, value in state.items() if 'cls_head' not in key}
    torch.save(dict(state_dict=body), tmp_path / 'body.pth')
    with pytest.raises(ValueError, match="'elements' and 'patches' need no head"):
        FeatureExtractor(model[0], str(tmp_path / 'body.pth'))
    FeatureExtractor(model[0], str(tmp_path / 'body.pth'), kind='elements')


def test_no_such_network(model):
    with pytest.raises(ValueError, match='wanted one of'):
        FeatureExtractor(*model[:2], network='other')
    with pytest.raises(ValueError, match="kind='all'"):
        FeatureExtractor(*model[:2], kind='all')


def test_a_clip_that_cannot_be_read_costs_its_own_row(model, clips, tmp_path):
    config, checkpoint, _ = model
    (tmp_path / 'broken.mp4').write_text('no video')
    good = [clips / 'videos' / f'test_{i}.mp4' for i in (0, 1)]
    rows = [good[0], tmp_path / 'broken.mp4', good[1]]
    (tmp_path / 'list.txt').write_text(''.join(f'{path}\n' for path in rows))
    store = extract(config, checkpoint, tmp_path / 'list.txt', tmp_path, tmp_path / 'out')
    assert list(store.unreadable) == [str(rows[1])]
    expected = FeatureExtractor(config, checkpoint).files(good)
    np.testing.assert_allclose(np.stack([store[0], store[2]]), expected, atol=1e-5)
    with pytest.raises(ValueError, match=r'broken.mp4: cannot be read \(.*\); leave it out'):
        store[1]


def test_a_broken_clip_alone_in_its_shard_and_mended(model, clips, tmp_path):
    (tmp_path / 'broken.mp4').write_text('no video')
    good = clips / 'videos/test_0.mp4'
    (tmp_path / 'list.txt').write_text(f'{good}\nbroken.mp4\n')
    lists = (*model[:2], tmp_path / 'list.txt', tmp_path, tmp_path / 'out')
    assert list(extract(*lists, shard_size=1).unreadable) == ['broken.mp4']
    first = (tmp_path / 'out/00000.safetensors').stat().st_mtime_ns
    shutil.copy(good, tmp_path / 'broken.mp4')
    store = extract(*lists, shard_size=1)
    assert not store.unreadable and (store[0] == store[1]).all()
    assert (tmp_path / 'out/00000.safetensors').stat().st_mtime_ns == first
    (tmp_path / 'broken.mp4').write_text('no video')
    (tmp_path / 'list.txt').write_text('broken.mp4\n')
    with pytest.raises(ValueError, match='cannot be read .*, nor can any other clip of'):
        extract(*lists[:4], tmp_path / 'none')


def test_a_network_that_fails_is_no_broken_clip(model, clips, tmp_path, monkeypatch):
    def out_of_memory(*_):
        raise torch.OutOfMemoryError('no memory')

    monkeypatch.setattr(FeatureExtractor, 'encode', out_of_memory)
    with pytest.raises(torch.OutOfMemoryError):
        extract(*model[:2], clips / 'test.txt', clips / 'videos', tmp_path / 'out')
    assert not list((tmp_path / 'out').glob('*.safetensors'))
