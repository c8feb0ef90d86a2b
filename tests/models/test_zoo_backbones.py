"""Backbones of the zoos: each shipped config trains a step, and the zoo's weights fill it."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from sefar.compat.imports import import_mmpretrain_models
from tests.conftest import ROOT, tiny_config

UNIFORMER = dict(width=64, layers=4, heads=1, return_list=[0, 1, 2, 3], n_dim=64, n_head=1)
# What makes each small: of its backbone, and the width of its features.
SMALL = {
    'tsm_r50': (dict(depth=18), 512),
    'slowonly_r50': (dict(depth=18, base_channels=8), 64),
    'swin3d_t': (dict(arch=dict(embed_dims=24, depths=[1] * 4, num_heads=[1, 2, 3, 6])), 192),
    'mvitv2_s': (
        dict(arch=dict(embed_dims=24, num_layers=3, num_heads=1, downscale_indices=[1])),
        48,
    ),
    'uniformerv2_b': (dict(UNIFORMER, input_resolution=32), 64),
    'videomae_b': (dict(img_size=32, embed_dims=24, depth=2, num_heads=3), 24),
    'convnext_t': (dict(arch=dict(depths=[1] * 4, channels=[8, 16, 24, 32])), 32),
}
SMALL_RESNET = dict(depth=18, base_channels=4, pretrained=None, pretrained2d=False)
NAMES = sorted(path.stem for path in (ROOT / 'configs/sefar/_base_/backbones').glob('*.py'))


def small_config(clips, work_dir, name):
    cfg = tiny_config(clips, work_dir, f'backbones/sefar_{name}_gym99_5p')
    smaller, width = SMALL[name]
    cfg.model.recognizer.backbone.backbone.update(smaller)
    cfg.model.recognizer.cls_head.in_channels = width
    return cfg


def test_every_backbone_is_tried():
    assert sorted(SMALL) == NAMES
    leaves = sorted(path.stem for path in (ROOT / 'configs/sefar/backbones').glob('*.py'))
    assert leaves == [f'sefar_{name}_gym99_5p' for name in NAMES]


def test_a_network_of_another_library_takes_the_weights_that_its_config_names(tmp_path):
    """timm's and torchvision's initialise themselves when they are built."""
    cfg = dict(type='PerElementBackbone', backbone=dict(type='ResNet3d', **SMALL_RESNET))
    donor = MODELS.build(cfg)
    donor.init_weights()
    torch.save({f'student.backbone.{k}': v for k, v in donor.state_dict().items()}, tmp_path / 'w')
    start = dict(type='Pretrained', checkpoint=str(tmp_path / 'w'), prefix='student.backbone.')
    taker = MODELS.build(dict(cfg, init_cfg=start))
    taker.initialised_by_zoo = True
    taker.init_weights()
    assert all(value.equal(taker.state_dict()[key]) for key, value in donor.state_dict().items())


@pytest.mark.parametrize('name', NAMES)
def test_it_trains_from_a_checkpoint_of_its_kind(clips, tmp_path, name):
    """A step of labels and one of pseudo labels, from weights as the zoo writes them."""
    cfg = small_config(clips, tmp_path / 'work', name)
    backbone = cfg.model.recognizer.backbone
    address = backbone.init_cfg.checkpoint
    assert address.startswith('https://download.openmmlab.com/') and address.endswith('.pth')
    zoo = dict(backbone.backbone)
    if zoo['type'] == 'VisionTransformer':
        zoo['num_frames'] = 16  # the published one's
    import_mmpretrain_models()
    plain = MODELS.build(dict(type='Recognizer3D', backbone=zoo))
    state = plain.state_dict()
    for key, value in state.items():
        if value.is_floating_point():
            drawn = torch.rand_like(value) if key.endswith('_var') else torch.randn_like(value)
            state[key] = 1 + drawn if key.endswith('_var') else 0.02 * drawn
    torch.save(
        dict(state_dict=dict(state, **{'cls_head.fc.weight': torch.zeros(400, 3)})),
        tmp_path / 'zoo.pth',
    )
    backbone.init_cfg.checkpoint = str(tmp_path / 'zoo.pth')
    cfg.train_cfg.update(max_epochs=2, val_interval=2)
    cfg.model.algorithm.warmup.epochs = 1
    runner = Runner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.call_hook('before_run')  # the checks let it pass
    runner._init_model_weights()
    filled = runner.model.networks['student'].backbone.state_dict()
    for key, value in state.items():
        if 'pos_embed' not in key or filled[key].shape == value.shape:
            torch.testing.assert_close(filled[key], value)
    for key, value in filled.items():  # statistics of elements of another length
        if key.rpartition('_')[2].isdigit():
            torch.testing.assert_close(value, state[key.rpartition('_')[0]])
    before = {key: value.clone() for key, value in filled.items()}
    runner.train()
    after = runner.model.networks['student'].backbone.state_dict()
    moved = [key for key, value in before.items() if not torch.equal(value, after[key])]
    assert runner.iter > 0 and len(moved) > len(before) / 2
    assert all(value.isfinite().all() for value in after.values())


@pytest.mark.parametrize('name', NAMES)
def test_the_published_size_is_built(name):
    cfg = Config.fromfile(ROOT / f'configs/sefar/backbones/sefar_{name}_gym99_5p.py')
    elements = cfg.model.recognizer.backbone.elements
    pipelines = [
        cfg.train_dataloader.dataset.labelled.pipeline,
        cfg.train_dataloader.dataset.unlabelled.pipeline,
        cfg.test_dataloader.dataset.pipeline,
    ]
    assert all(pipeline.sample.elements == elements for pipeline in pipelines)
    cfg.model.recognizer.backbone.pop('init_cfg')
    network = MODELS.build(cfg.model.recognizer).eval()
    with torch.no_grad():
        features = network(torch.zeros(1, 1, 3, sum(elements), 224, 224), stage='backbone')
    assert features.shape == (1, 3, cfg.model.recognizer.cls_head.in_channels)
