import csv
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import numpy as np
import pytest
import torch
from mmaction.apis import MMAction2Inferencer, inference_recognizer, init_recognizer
from mmengine.config import Config
from mmengine.runner import Runner

from sefar.datasets import read_clip_list
from sefar.inference import Clip, Prediction, Predictor, calibration, fit_temperature, load_trained
from sefar.inference.answers import NONE_OF_THESE, answer, timelines, write_answers
from sefar.inference.export import export
from sefar.inference.predictor import entropy, tempered
from sefar.inference.trained import from_any_clip
from sefar.preparation.cache_frames import cache_frames
from tests.conftest import ROOT, write_clip


@pytest.fixture(scope='module')
def tested_clips(clips):
    entries = read_clip_list(str(clips / 'test.txt'))
    return [Clip(e.path, str(clips / 'videos' / e.path), e.label) for e in entries]


@pytest.fixture(scope='module')
def tested(trained_run, checkpoint):
    """Scores of the test list by MMAction2's own loop, of every network."""
    cfg = deepcopy(trained_run[1])
    cfg.load_from = checkpoint
    cfg.work_dir = str(trained_run[0] / 'tested')
    cfg.experiment_name = 'tested'
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    runner.model.eval()
    return [s for batch in runner.test_dataloader for s in runner.model.test_step(batch)]


@pytest.mark.parametrize(('batch_size', 'workers'), [(4, 0), (1, 2)])
def test_probabilities_are_those_of_testing(checkpoint, tested_clips, tested, batch_size, workers):
    for network in ('student', 'teacher'):
        predictor = Predictor(
            load_trained(checkpoint), network, batch_size=batch_size, workers=workers
        )
        for said, sample in zip(predictor(tested_clips), tested, strict=True):
            wanted = sample.get(f'{network}_score')
            np.testing.assert_allclose(said.probs, wanted.detach(), atol=1e-6)
            assert said.draws.shape == (10, 3) and said.feature.shape == (3 * 64,)
            np.testing.assert_allclose(said.draws.sum(1), 1, atol=1e-5)


def test_draws_are_the_heads_own_dropout(checkpoint, tested_clips):
    """U draws average to what many single passes do, and the seed alone decides on them."""
    (said,) = Predictor(load_trained(checkpoint), draws=2000)(tested_clips[:1])
    trained = load_trained(checkpoint)
    head = trained.network().cls_head
    few = [next(Predictor(trained, seed=seed)(tested_clips[:1])).draws for seed in (0, 0, 1)]
    np.testing.assert_array_equal(few[0], few[1])
    assert np.abs(few[0] - few[2]).max() > 1e-6
    torch.manual_seed(5)
    feats = torch.from_numpy(said.feature).view(1, 3, 64)
    head.dropout.train()
    single = torch.stack([head(feats)[0].softmax(0) for _ in range(2000)]).detach().numpy()
    error = single.std(0) / np.sqrt(1000)
    assert (np.abs(said.draws.mean(0) - single.mean(0)) < 5 * error + 1e-4).all()
    np.testing.assert_allclose(said.draws.std(0), single.std(0), rtol=0.15, atol=1e-4)
    assert said.spread == pytest.approx(said.draws[:, said.label].std(ddof=1))


def test_a_frame_rate_of_the_pipeline_holds_without_a_cache():
    opening = dict(type='ClipInit', fps=5)
    for cache, fps in ((None, 5), (dict(folder='f', fps=3), 3)):
        (step,) = from_any_clip(dict(pipeline=[opening], cache=cache))
        assert step == dict(type='ClipInit', fps=fps)


def test_threads_do_not_mix_clips_up(checkpoint, tested_clips):
    predictor = Predictor(load_trained(checkpoint), batch_size=1)
    alone = [next(predictor([clip])) for clip in tested_clips[:2]]
    with ThreadPoolExecutor(2) as pool:
        for said in pool.map(lambda i: next(predictor([tested_clips[i % 2]])), range(24)):
            wanted = alone[tested_clips.index(said.clip)]
            np.testing.assert_array_equal(said.feature, wanted.feature)
            np.testing.assert_array_equal(said.draws, wanted.draws)


def test_clips_are_read_when_the_runs_folder_is_gone(checkpoint, tested_clips, monkeypatch):
    monkeypatch.setenv('SEFAR_DECODER_LOG', '/nowhere/decoder.txt')
    assert not next(Predictor(load_trained(checkpoint))(tested_clips[:1])).error


def test_doubt_by_hand():
    draws = np.array([[1, 0], [0.5, 0.5]], np.float32)
    said = Prediction(Clip('a', 'a'), np.array([0.8, 0.2], np.float32), draws)
    assert entropy(np.array([0.5, 0.5])) == pytest.approx(np.log(2))
    mean = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert said.doubt == pytest.approx(mean)
    assert said.spread == pytest.approx(np.sqrt(0.125))  # of a sample: over U - 1 = 1
    assert said.condensed().doubt == said.doubt and said.condensed().draws.shape == (1, 2)
    alone = said._replace(draws=np.empty((0, 2), np.float32))
    assert alone.condensed() is alone
    assert alone.doubt == pytest.approx(entropy(alone.probs)) and np.isnan(alone.spread)


def test_a_broken_clip_costs_its_own_place(checkpoint, tested_clips, tmp_path):
    (tmp_path / 'text.mp4').write_text('no video')
    broken = [Clip('t', str(tmp_path / 'text.mp4')), Clip('n', str(tmp_path / 'n.mp4'))]
    mixed = [tested_clips[0], *broken, tested_clips[1]]
    said = list(Predictor(load_trained(checkpoint), batch_size=3)(mixed))
    assert [p.clip for p in said] == mixed
    assert [p.error is None for p in said] == [True, False, False, True]
    assert 'no such video' in said[2].error and '\n' not in said[1].error
    alone = list(Predictor(load_trained(checkpoint))(tested_clips[1:2]))
    np.testing.assert_allclose(said[3].probs, alone[0].probs, atol=1e-6)


def test_without_a_cache_clips_look_as_in_it(trained_run, checkpoint, tmp_path):
    """A network trained from a thinned and shrunk cache sees the same pixels without it."""
    clip = write_clip(tmp_path / 'a.mp4', 30, size=100, ramp=(10, 230))
    place = dict(folder=str(tmp_path / 'frames'), short_side=48, fps=5)
    cache_frames([str(clip)], tmp_path / 'frames', 48, 5, workers=1)
    cfg = deepcopy(trained_run[1])
    (tmp_path / 'list.txt').write_text('a.mp4 0\n')
    cfg.test_dataloader.dataset.update(
        cache=place, data_root=str(tmp_path), ann_file='list.txt', data_prefix=dict(video=''),
        classes_file=None,
    )  # fmt: skip
    cfg.load_from, cfg.work_dir = checkpoint, str(tmp_path / 'work')
    cfg.experiment_name = 'cached'
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    runner.model.eval()
    (sample,) = [s for batch in runner.test_dataloader for s in runner.model.test_step(batch)]
    said = list(Predictor(load_trained(checkpoint, cfg))([Clip('a', str(clip))]))
    np.testing.assert_allclose(said[0].probs, sample.pred_score, atol=1e-6)
    cfg.test_dataloader.dataset.cache = None
    plain = list(Predictor(load_trained(checkpoint, cfg))([Clip('a', str(clip))]))
    assert np.abs(plain[0].probs - said[0].probs).max() > 1e-6


def test_temperature_against_a_grid():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 500)
    logits = rng.normal(size=(500, 4)) + 1.5 * np.eye(4)[labels]
    grid = np.exp(np.linspace(np.log(0.05), np.log(20), 4000))
    probs = np.exp(logits - logits.max(1, keepdims=True))
    probs /= probs.sum(1, keepdims=True)
    loss = [-np.log(tempered(probs, t)[np.arange(500), labels]).mean() for t in grid]
    assert fit_temperature(logits, labels) == pytest.approx(grid[np.argmin(loss)], rel=5e-3)
    overconfident = tempered(probs, 0.2)
    found = fit_temperature(np.log(overconfident), labels)
    mended = tempered(overconfident, found)
    before, after = (
        calibration(p.max(1), p.argmax(1) == labels)[3] for p in (overconfident, mended)
    )
    assert after < before / 2


def test_answers_in_files(tmp_path):
    probs = np.array([0.2, 0.7, 0.1], np.float32)
    draws = np.stack([probs, probs[[1, 0, 2]]])
    classes = ['a, b', 'ß', 'c']
    said = [
        Prediction(Clip('x.mp4', 'v/x.mp4#t=1-2.5'), probs, draws),
        Prediction(Clip('y.mp4', 'v/y.mp4'), error='cannot, be read'),
    ]
    rows = [answer(p, classes, 2) for p in said]
    write_answers(rows, tmp_path / 'a.csv')
    with open(tmp_path / 'a.csv', newline='', encoding='utf-8') as file:
        table = list(csv.DictReader(file))
    assert table[0]['class'] == 'ß' and table[0]['class_2'] == 'a, b'
    assert (table[0]['start'], table[0]['end'], table[0]['probability']) == ('1', '2.5', '0.7')
    assert float(table[0]['spread']) == pytest.approx(0.5 / np.sqrt(2), abs=1e-6)
    assert table[1]['error'] == 'cannot, be read' and table[1]['class'] == ''
    write_answers(rows, tmp_path / 'a.json')
    listed = json.loads((tmp_path / 'a.json').read_text(encoding='utf-8'))
    assert [top['class'] for top in listed[0]['top']] == ['ß', 'a, b'] and listed[1]['top'] == []
    assert answer(said[0], classes, 1, threshold=0.8)['class'] == NONE_OF_THESE
    with pytest.raises(ValueError, match=r'ends in \.csv or \.json'):
        write_answers(rows, tmp_path / 'a.txt')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a.csv', 'a.json']


def test_timeline_by_hand():
    def row(start, end, name, probability):
        return dict(
            clip='v', file='v', start=start, end=end, error=None, probability=probability
        ) | {'class': name}

    rows = [row(0, 2, 'a', 0.8), row(1, 3, 'a', 0.6), row(2, 4, 'b', 0.9)]
    (segments,) = timelines([*rows, dict(rows[0], start=None)]).values()
    assert segments == [(0, 2.5, 'a', pytest.approx(0.7)), (2.5, 4, 'b', 0.9)]
    others = [dict(row, file='w') for row in rows]
    mixed = [rows[2], others[0], rows[0], others[2], rows[1], others[1]]  # as doubt orders them
    assert timelines(mixed) == dict(v=segments, w=segments)
    late = [dict(row, clip='v#t=90-94') for row in rows]  # another part of the same video
    assert timelines([*rows, *late]) == {'v': segments, 'v#t=90-94': segments}


@pytest.fixture(scope='module')
def exported(checkpoint, tested_clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp('exported')
    clips = [clip.filename for clip in tested_clips]
    for kind, name in (('mmaction', 'plain'), ('torch', 'a.pt2'), ('onnx', 'a.onnx')):
        if kind == 'onnx':
            pytest.importorskip('onnxscript')
            pytest.importorskip('onnxruntime')
        assert export(load_trained(checkpoint), folder / name, kind, clips) < 1e-4
    return folder


def test_a_network_is_compared_on_parts_of_videos_too(checkpoint, tested_clips, tmp_path):
    part = f'{tested_clips[0].filename}#t=0.1-0.5'
    assert export(load_trained(checkpoint), tmp_path / 'plain', 'mmaction', [part]) < 1e-4


def test_an_exported_config_imports_what_the_network_is_made_of(checkpoint, tested_clips, tmp_path):
    trained = load_trained(checkpoint)
    trained.cfg.custom_imports = dict(imports=['sefar', 'math'], allow_failed_imports=False)
    export(trained, tmp_path / 'plain', 'mmaction', [tested_clips[0].filename])
    assert Config.fromfile(tmp_path / 'plain/config.py').custom_imports.imports == ['sefar', 'math']


def test_exported_to_mmaction2(checkpoint, tested_clips, exported):
    plain = exported / 'plain'
    config, weights = str(plain / 'config.py'), str(plain / 'weights.pth')
    said = list(Predictor(load_trained(checkpoint))(tested_clips[:2]))
    again = list(Predictor(load_trained(weights))(tested_clips[:2]))
    model = init_recognizer(config, weights, device='cpu')
    inferencer = MMAction2Inferencer(
        rec=config, rec_weights=weights, device='cpu', label_file=str(plain / 'classes.txt')
    )
    for prediction, other in zip(said, again, strict=True):
        name = prediction.clip.filename
        np.testing.assert_allclose(other.probs, prediction.probs, atol=1e-6)
        scores = inference_recognizer(model, name).pred_score
        np.testing.assert_allclose(scores, prediction.probs, atol=1e-6)
        inferred = inferencer(name)['predictions'][0]['rec_scores'][0]
        np.testing.assert_allclose(inferred, prediction.probs, atol=1e-6)
    assert load_trained(weights).classes == ['low', 'middle', 'high']


def test_exported_programs_take_any_batch(checkpoint, tested_clips, exported):
    import onnxruntime

    said = list(Predictor(load_trained(checkpoint))(tested_clips))
    from sefar.inference.export import frames_of_clips

    frames = frames_of_clips(load_trained(checkpoint), [c.filename for c in tested_clips])
    program = torch.export.load(exported / 'a.pt2').module()
    session = onnxruntime.InferenceSession(str(exported / 'a.onnx'))
    about = json.loads(session.get_modelmeta().custom_metadata_map['sefar'])
    assert about['classes'] == ['low', 'middle', 'high']
    assert about['input']['shape'] == ['batch', 3, 8, 32, 32] and about['crop'] == 32
    for batch in (frames[:1], frames):
        from_torch = program(batch).softmax(1).detach().numpy()
        (logits,) = session.run(None, dict(frames=batch.numpy()))
        from_onnx = torch.from_numpy(logits).softmax(1).numpy()
        wanted = np.stack([p.probs for p in said[: len(batch)]])
        np.testing.assert_allclose(from_torch, wanted, atol=1e-5)
        np.testing.assert_allclose(from_onnx, wanted, atol=1e-5)


def test_example_predicts_by_onnxruntime_and_decord_alone(checkpoint, tested_clips, exported):
    example = ROOT / 'docs/onnx_example.py'
    assert 'sefar' not in example.read_text().replace("['sefar']", '')
    command = [sys.executable, example, exported / 'a.onnx', tested_clips[2].filename]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    name, probability = done.stdout.splitlines()[0].split()
    (said,) = Predictor(load_trained(checkpoint))(tested_clips[2:3])
    assert name == ['low', 'middle', 'high'][said.label]
    assert float(probability) == pytest.approx(said.probs.max(), abs=0.02)


def test_an_export_that_differs_is_not_written(checkpoint, tested_clips, tmp_path, monkeypatch):
    from sefar.inference import export as module

    monkeypatch.setattr(module, 'TOLERANCE', -1)
    for kind, name in (('mmaction', 'plain'), ('torch', 'a.pt2')):
        with pytest.raises(ValueError, match='nothing was written'):
            export(load_trained(checkpoint), tmp_path / name, kind, [tested_clips[0].filename])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full/a').write_text('')
    with pytest.raises(FileExistsError, match='is there already'):
        export(load_trained(checkpoint), tmp_path / 'full', 'mmaction', [tested_clips[0].filename])
