import sys
from types import ModuleType

import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from sefar.models import DualLevelTimeSformer, PairwiseFusionHead, PerElementBackbone
from sefar.models.backbones.dual_level_timesformer import temporal_mask
from sefar.models.weights import to_dual_level

SMALL = dict(img_size=32, embed_dims=24, num_layers=2, num_heads=3)


def small(**kwargs):
    backbone = DualLevelTimeSformer(**{**SMALL, **kwargs})
    backbone.init_weights()
    for name, parameter in backbone.named_parameters():  # nothing may hide behind a zero
        if 'temporal_fc' in name or 'time_embed' in name:
            nn.init.normal_(parameter, std=0.5)
    return backbone.eval()


@pytest.mark.parametrize(
    ('dims', 'heads', 'classes', 'expected'),
    [
        (384, 6, 99, 31_264_227),
        (768, 12, 99, 122_269_539),
        (384, 6, 288, 31_312_800),
        (768, 12, 288, 122_318_112),
    ],
)
def test_parameter_counts_of_the_released_models(dims, heads, classes, expected):
    with torch.device('meta'):
        model = MODELS.build(
            dict(
                type='Recognizer3D',
                backbone=dict(type='DualLevelTimeSformer', embed_dims=dims, num_heads=heads),
                cls_head=dict(type='PairwiseFusionHead', num_classes=classes, in_channels=dims),
            )
        )
    assert sum(p.numel() for p in model.parameters()) == expected


@pytest.mark.parametrize('elements', [(2, 2, 4), (2, 4), (3, 1, 4), (8,)])
def test_one_pass_equals_one_pass_per_element(elements):
    """The same weights as a single-element model with that element's time embedding."""
    together = small(elements=elements)
    x = torch.randn(2, 3, sum(elements), 32, 32)
    got = together(x)
    start = 0
    for i, length in enumerate(elements):
        alone = small(elements=(length,))
        state = together.state_dict()
        state['time_embed'] = state['time_embed'][:, start : start + length]
        alone.load_state_dict(state)
        torch.testing.assert_close(got[:, i], alone(x[:, :, start : start + length])[:, 0])
        start += length


def test_equals_mmaction_timesformer_on_a_single_element():
    """A second implementation, MMAction2's own, loads our weights key by key and agrees."""
    ours = small(elements=(4,), img_size=32, embed_dims=24, num_layers=2, num_heads=3)
    theirs = MODELS.build(
        dict(
            type='TimeSformer',
            num_frames=4,
            img_size=32,
            patch_size=16,
            embed_dims=24,
            num_heads=3,
            num_transformer_layers=2,
        )
    ).eval()
    theirs.load_state_dict(ours.state_dict(), strict=True)
    x = torch.randn(3, 3, 4, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(ours(x)[:, 0], theirs(x), atol=1e-5, rtol=1e-4)


def test_frame_order_inside_an_element_matters_and_other_elements_do_not_leak():
    backbone = small()
    x = torch.randn(1, 3, 8, 32, 32)
    swapped = x[:, :, [1, 0, 2, 3, 4, 5, 6, 7]]
    a, b = backbone(x)[0], backbone(swapped)[0]
    assert (a[0] - b[0]).abs().max() > 1e-3
    torch.testing.assert_close(a[1:], b[1:])


def test_stochastic_depth_is_off_in_evaluation_and_keeps_the_mean():
    backbone = small(drop_path_rate=0.5)
    x = torch.randn(1, 3, 8, 32, 32)
    assert torch.equal(backbone(x), backbone(x))
    layer = backbone.transformer_layers.layers[1].train()
    scales = torch.stack([layer._path_scale(torch.zeros(64, 3, 1)) for _ in range(50)])
    assert set(scales.unique().tolist()) == {0.0, 2.0}
    assert scales.mean().item() == pytest.approx(1.0, abs=0.1)


def test_an_element_that_is_dropped_passes_by_all_but_a_bias(monkeypatch):
    """Of three elements the second is dropped; the others are as in evaluation."""
    backbone = small().double()
    layer, element_of = backbone.transformer_layers.layers[0], backbone.element_of
    cls = torch.randn(2, 3, 24, dtype=torch.float64)
    patches = torch.randn(2, 4, 8, 24, dtype=torch.float64)
    bias = layer.attentions[0].temporal_fc.bias
    nn.init.normal_(bias)
    rest = (backbone.elements, element_of, backbone.temporal_mask)
    wanted_cls, wanted = layer(cls, patches, *rest)
    scale = torch.tensor([1.0, 0.0, 1.0]).double().view(1, 3, 1).expand(2, 3, 1)
    monkeypatch.setattr(layer, '_path_scale', lambda _: scale)
    got_cls, got = layer(cls, patches, *rest)
    torch.testing.assert_close(got_cls[:, 1], cls[:, 1])
    torch.testing.assert_close(got[:, :, 2:4], patches[:, :, 2:4] + bias)
    torch.testing.assert_close(got_cls[:, [0, 2]], wanted_cls[:, [0, 2]])
    torch.testing.assert_close(got[:, :, element_of != 1], wanted[:, :, element_of != 1])


def test_temporal_mask_joins_the_frames_of_one_position_and_element():
    mask = temporal_mask(2, torch.tensor([0, 0, 1]))
    assert mask.int().tolist() == [
        [1, 1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]


@pytest.mark.parametrize('shape', [(1, 3, 7, 32, 32), (1, 3, 8, 48, 48)])
def test_wrong_clip_sizes_are_named(shape):
    with pytest.raises(ValueError, match=r'wanted 8 \(elements \(2, 2, 4\)\) of 32x32'):
        small()(torch.zeros(shape))


def _timm_state(dims=24, layers=2):
    """A ViT state dict with timm's names."""
    g = torch.Generator().manual_seed(0)

    def rand(*shape):
        return torch.randn(*shape, generator=g) * 0.1

    state = {
        'cls_token': rand(1, 1, dims),
        'pos_embed': rand(1, 5, dims),
        'patch_embed.proj.weight': rand(dims, 3, 16, 16),
        'patch_embed.proj.bias': rand(dims),
        'norm.weight': rand(dims),
        'norm.bias': rand(dims),
        'head.weight': rand(10, dims),
        'head.bias': rand(10),
    }
    for i in range(layers):
        for name, shape in {
            'norm1.weight': (dims,),
            'norm1.bias': (dims,),
            'norm2.weight': (dims,),
            'norm2.bias': (dims,),
            'attn.qkv.weight': (3 * dims, dims),
            'attn.qkv.bias': (3 * dims,),
            'attn.proj.weight': (dims, dims),
            'attn.proj.bias': (dims,),
            'mlp.fc1.weight': (4 * dims, dims),
            'mlp.fc1.bias': (4 * dims,),
            'mlp.fc2.weight': (dims, 4 * dims),
            'mlp.fc2.bias': (dims,),
        }.items():
            state[f'blocks.{i}.{name}'] = rand(*shape)
    return state


def test_image_weights_start_the_video_model_as_the_image_model(tmp_path):
    state = _timm_state()
    torch.save(state, tmp_path / 'vit.pth')
    backbone = DualLevelTimeSformer(**SMALL, pretrained=str(tmp_path / 'vit.pth'))
    backbone.init_weights()
    backbone.eval()
    layer = backbone.transformer_layers.layers[1]
    for attention in layer.attentions:
        assert torch.equal(attention.attn.in_proj_weight, state['blocks.1.attn.qkv.weight'])
        assert torch.equal(attention.norm.weight, state['blocks.1.norm1.weight'])
    assert layer.attentions[0].temporal_fc.weight.abs().max() == 0
    # A still clip then gives the image ViT's class token in every element.
    image = torch.randn(1, 3, 32, 32)
    got = backbone(image.unsqueeze(2).expand(-1, -1, 8, -1, -1))
    expected = _plain_vit(state, image)
    for i in range(3):
        torch.testing.assert_close(got[:, i], expected, atol=1e-5, rtol=1e-4)


def _plain_vit(s, image, heads=3):
    """An image ViT in a few lines, straight from the state dict."""
    F = nn.functional
    x = F.conv2d(image, s['patch_embed.proj.weight'], s['patch_embed.proj.bias'], stride=16)
    x = torch.cat([s['cls_token'], x.flatten(2).transpose(1, 2)], 1) + s['pos_embed']
    dims = x.shape[2]
    for i in range(2):
        p = f'blocks.{i}.'
        y = F.layer_norm(x, (dims,), s[p + 'norm1.weight'], s[p + 'norm1.bias'], 1e-6)
        qkv = F.linear(y, s[p + 'attn.qkv.weight'], s[p + 'attn.qkv.bias'])
        q, k, v = qkv.view(1, -1, 3, heads, dims // heads).permute(2, 0, 3, 1, 4)
        y = (q @ k.transpose(2, 3) * (dims // heads) ** -0.5).softmax(-1) @ v
        y = y.transpose(1, 2).reshape(x.shape)
        x = x + F.linear(y, s[p + 'attn.proj.weight'], s[p + 'attn.proj.bias'])
        y = F.layer_norm(x, (dims,), s[p + 'norm2.weight'], s[p + 'norm2.bias'], 1e-6)
        y = F.gelu(F.linear(y, s[p + 'mlp.fc1.weight'], s[p + 'mlp.fc1.bias']))
        x = x + F.linear(y, s[p + 'mlp.fc2.weight'], s[p + 'mlp.fc2.bias'])
    return F.layer_norm(x, (dims,), s['norm.weight'], s['norm.bias'], 1e-6)[:, 0]


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            lambda s: s.pop('blocks.1.norm2.weight'),
            '1 missing keys, such as .*layers.1.ffns.0.norm',
        ),
        (lambda s: s.update(extra=torch.zeros(1)), '1 unknown keys, such as extra'),
        (lambda s: s.update(pos_embed=torch.zeros(1, 9, 24)), r'pos_embed \(1, 9, 24\) instead'),
    ],
)
def test_weights_that_do_not_fit_are_named(change, message):
    state = _timm_state()
    change(state)
    with pytest.raises(ValueError, match=message):
        to_dual_level(state, small().state_dict(), (2, 2, 4), 'vit.pth')


def test_video_time_embedding_is_resized_for_each_element():
    source = small(elements=(4,)).state_dict()
    ramp = torch.arange(4.0).view(1, 4, 1).expand(1, 4, 24)
    source['time_embed'] = ramp
    got, _ = to_dual_level(source, small().state_dict(), (2, 2, 4), 'x')
    assert got['time_embed'][0, :, 0].tolist() == [0.5, 2.5, 0.5, 2.5, 0, 1, 2, 3]


class Recorder(nn.Module):
    """Stands in for a zoo backbone: returns per-channel features and notes its input shapes."""

    def __init__(self):
        super().__init__()
        self.shapes = []

    def forward(self, x):
        self.shapes.append(tuple(x.shape))
        return x


@pytest.mark.parametrize('frame_format', ['NCTHW', 'NCHW'])
def test_per_element_pooling_by_value(frame_format):
    backbone = PerElementBackbone(
        dict(type='ResNet3d', depth=18, pretrained=None, base_channels=4), frame_format=frame_format
    )
    backbone.backbone = recorder = Recorder()
    x = torch.randn(2, 3, 8, 6, 6)
    got = backbone(x)
    expected = [x[:, :, part].mean((2, 3, 4)) for part in (slice(0, 2), slice(2, 4), slice(4, 8))]
    torch.testing.assert_close(got, torch.stack(expected, dim=1))
    if frame_format == 'NCTHW':
        assert recorder.shapes == [(4, 3, 2, 6, 6), (2, 3, 4, 6, 6)]
    else:
        assert recorder.shapes == [(8, 3, 6, 6), (8, 3, 6, 6)]


def test_temporal_shift_backbone_is_told_each_length():
    backbone = PerElementBackbone(
        dict(type='ResNetTSM', depth=18, num_segments=8, pretrained=None), frame_format='NCHW'
    ).eval()
    x = torch.randn(1, 3, 8, 32, 32)
    with torch.no_grad():
        together = backbone(x)
        for module in backbone.backbone.modules():
            if hasattr(module, 'num_segments'):
                module.num_segments = 4
        context = backbone.backbone(x[0, :, 4:].transpose(0, 1))
    torch.testing.assert_close(together[0, 2], context.mean((0, 2, 3)))


def test_frame_count_mismatch_is_named():
    backbone = PerElementBackbone(dict(type='ResNet3d', depth=18, pretrained=None, base_channels=4))
    with pytest.raises(ValueError, match='got 6 frames, wanted 8'):
        backbone(torch.zeros(1, 3, 6, 16, 16))
    with pytest.raises(ValueError, match="wanted 'NCTHW' or 'NCHW'"):
        PerElementBackbone(dict(type='C3D'), frame_format='NTCHW')


def test_fusion_by_a_second_implementation():
    head = PairwiseFusionHead(num_classes=5, in_channels=6, hidden_channels=4).eval()
    feats = torch.randn(2, 3, 6)
    parts = [
        head.pair(torch.cat([feats[:, i], feats[:, j]], 1)) for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    parts += [head.single(feats[:, i]) for i in range(3)]
    expected = head.fc_cls(head.fusion(torch.cat(parts, dim=1)))
    torch.testing.assert_close(head(feats), expected)


def test_single_element_has_no_pairs():
    head = PairwiseFusionHead(num_classes=5, in_channels=6, num_elements=1, hidden_channels=4)
    assert head.pair is None
    assert head(torch.randn(2, 1, 6)).shape == (2, 5)


def test_head_names_wrong_features():
    head = PairwiseFusionHead(num_classes=5, in_channels=6)
    with pytest.raises(ValueError, match=r'got features \(2, 2, 6\), wanted \(B, 3, 6\)'):
        head(torch.zeros(2, 2, 6))


def test_two_networks_of_one_config_of_torchvisions_zoo(monkeypatch):
    """MMAction2 takes the type out of such a config when it builds from it."""
    zoo, models = ModuleType('torchvision'), ModuleType('torchvision.models')
    models.tiny = lambda: nn.Conv2d(3, 4, 2, 2)
    zoo.models = models
    monkeypatch.setitem(sys.modules, 'torchvision', zoo)
    monkeypatch.setitem(sys.modules, 'torchvision.models', models)
    config = dict(backbone=dict(type='torchvision.tiny'), elements=(2, 2), frame_format='NCHW')
    clips = torch.randn(2, 3, 4, 8, 8)
    shapes = [tuple(PerElementBackbone(**config)(clips).shape) for _ in range(2)]
    assert shapes == [(2, 2, 4)] * 2
