import json

import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from sefar.analysis.pseudo_labels import auroc, predict, summarise
from sefar.analysis.report import plot_per_class
from sefar.inference import calibration
from tests.conftest import run_tool


def test_auroc_by_hand():
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert auroc(scores, np.array([True, True, False, False])) == 1
    assert auroc(scores, np.array([False, True, False, True])) == 0.25  # 1 of 4 pairs
    assert auroc(np.ones(4), np.array([True, False, True, False])) == 0.5  # ties count half
    assert np.isnan(auroc(scores, np.ones(4, bool)))


def test_calibration_by_hand():
    confidence = np.array([0.95, 0.91, 0.15, 0.12])
    correct = np.array([True, False, False, False])
    mean, right, clips, error = calibration(confidence, correct)
    np.testing.assert_allclose(mean, [0.135, 0.93])
    np.testing.assert_allclose(right, [0, 0.5])
    assert clips.tolist() == [2, 2]
    assert error == pytest.approx((0.135 + 0.43) / 2)
    assert calibration(np.ones(3), np.ones(3, bool))[3] == 0  # 1.0 lies in the last bin


def test_predictions_of_a_teacher(tiny):
    runner = Runner.from_cfg(tiny)
    found = predict(runner, times=7)
    assert found.of_label.shape == (7, 6)
    np.testing.assert_allclose(found.of_label.mean(0), found.confidence, rtol=1e-5)
    np.testing.assert_allclose(found.of_label.std(0, ddof=1), found.deviation, rtol=1e-4)
    weights = runner.model.algorithm.pseudo_labels.weigh(
        torch.tensor(found.confidence), torch.tensor(found.deviation), torch.zeros(6).long()
    )
    np.testing.assert_allclose(weights.numpy(), found.weights, rtol=1e-5)
    again = predict(runner, times=7)
    np.testing.assert_array_equal(found.of_label, again.of_label)  # same seed, same dropout
    assert summarise(found)['clips'] == 6
    assert np.isnan(summarise(found._replace(weights=np.zeros(6)))['weighted_accuracy'])
    heavy = found._replace(weights=np.where(found.correct, 1.0, 0.0) + 1e-9)
    assert summarise(heavy)['weighted_accuracy'] == pytest.approx(1, abs=1e-6) or not (
        found.correct.any()
    )


def test_tools_on_a_real_run(trained_run, tmp_path):
    work_dir, cfg = trained_run
    config, checkpoint = tmp_path / 'tiny.py', work_dir / 'epoch_3.pth'
    cfg.dump(str(config))

    def run(tool, *words):
        return run_tool('tools/report.py', tool, *words)

    out = tmp_path / 'figures'
    done = run('reliability', config, checkpoint, '--out', out)
    assert done.returncode == 0, done.stderr
    summary = json.loads((out / 'reliability.json').read_text())
    assert summary['clips'] == 6 and 0 <= summary['calibration_error'] <= 1
    assert (out / 'reliability.png').stat().st_size > 10000
    done = run('training', f'tiny={work_dir}', '--out', out)
    assert done.returncode == 0 and (out / 'training.png').exists(), done.stderr

    assert 'gone.pth' in run('reliability', config, tmp_path / 'gone.pth', '--out', out).stderr
    assert run('reliability', config, checkpoint, '--out', out, '--times', 1).returncode == 2
    done = run('training', f'none={tmp_path}', '--out', out)
    assert done.returncode == 1 and 'was a model trained here?' in done.stderr


def test_per_class_by_hand(tmp_path):
    labels = np.array([0, 0, 1])
    first = np.eye(3)[[0, 1, 1]]  # one of two, one of one; class 2 has no clip
    plot_per_class({'a': (first, labels)}, ['x', 'y', 'z'], tmp_path / 'per_class')
    rows = (tmp_path / 'per_class.csv').read_text().splitlines()
    assert rows == ['label,class,clips,a', '0,x,2,0.5000', '1,y,1,1.0000', '2,z,0,nan']
    assert (tmp_path / 'per_class.png').stat().st_size > 5000
