import json

import pytest
from mmengine.config import Config

from sefar.experiments.labelling import hidden_entries, simulate
from tests.conftest import tiny_config


def test_rounds_add_hidden_labels_and_are_kept(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work')
    cfg.train_cfg.max_epochs = 1
    assert len(hidden_entries(cfg)) == 12
    found = simulate(cfg, tmp_path / 'out', 'diverse', 2, 3, seed=0)
    assert [each['labels'] for each in found] == [6, 9, 12]
    assert all(each['top1'] in [i / 6 for i in range(7)] for each in found)
    lists = [
        set((tmp_path / f'out/{name}/seed_0/labelled.txt').read_text().splitlines())
        for name in ('start', 'diverse_1', 'diverse_2')
    ]
    assert lists[0] < lists[1] < lists[2]
    truth = set((clips / 'unlabelled.txt').read_text().splitlines())
    assert lists[2] - lists[0] <= truth  # as the hidden labels say
    kept = tmp_path / 'out/start/seed_0/result.json'
    kept.write_text(json.dumps(dict(labels=6, top1=0.125)))
    again = simulate(Config(cfg.to_dict()), tmp_path / 'out', 'diverse', 2, 3, seed=0)
    assert again[0]['top1'] == 0.125 and again[1:] == found[1:]
    with pytest.raises(ValueError, match='diverse_1/seed_0: was made with another config, other'):
        simulate(Config(cfg.to_dict()), tmp_path / 'out', 'diverse', 2, 2, seed=0)
