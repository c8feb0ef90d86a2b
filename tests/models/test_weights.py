from functools import reduce

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.config import Config

from sefar.models.weight_files import read_checkpoint
from sefar.models.weights import _resize_positions, to_dual_level
from tests.conftest import run_tool, tiny_config
from tests.models.test_backbones import _timm_state, small


def convert(state, **options):
    backbone = small(**options)
    return to_dual_level(state, backbone.state_dict(), backbone.elements, 'x.pth')


def account_of(weights, key):
    return next(account for account in weights.accounts if account.key == key)


def video_state(prefix='', times=(4,)):
    """A TimeSformer state dict as facebookresearch names it."""
    state = _timm_state()
    g = torch.Generator().manual_seed(1)
    for i in range(2):
        for name in ('norm1', 'attn.qkv', 'attn.proj'):
            for kind in ('weight', 'bias'):
                like = state[f'blocks.{i}.{name}.{kind}']
                state[f'blocks.{i}.temporal_{name}.{kind}'] = torch.randn(like.shape, generator=g)
        state[f'blocks.{i}.temporal_fc.weight'] = torch.randn(24, 24, generator=g)
        state[f'blocks.{i}.temporal_fc.bias'] = torch.randn(24, generator=g)
    if len(times) == 1:
        state['time_embed'] = torch.randn(1, times[0], 24, generator=g)
    else:
        for i, length in enumerate(times):
            state[f'time_embed.{i}'] = torch.randn(1, length, 24, generator=g)
    return {prefix + key: value for key, value in state.items()}


def test_every_key_of_an_image_vit_is_accounted_for():
    state = _timm_state()
    weights = convert(state)
    assert [account.key for account in weights.accounts] == list(state)
    assert account_of(weights, 'blocks.1.attn.qkv.bias').how == 'inflated'
    assert account_of(weights, 'head.weight').how == 'dropped: the classifier of another task'
    assert set(weights.state) == set(small().state_dict())


def test_mmaction2_s_image_vit_is_the_image_network_of_the_same_weights():
    theirs = {
        'patch_embed.proj.': 'patch_embed.projection.',
        'blocks.': 'transformer_layers.layers.',
        '.norm1.': '.norms.0.',
        '.norm2.': '.norms.1.',
        '.attn.qkv.': '.attentions.0.attn.in_proj_',
        '.attn.proj.': '.attentions.0.attn.out_proj.',
        '.mlp.fc1.': '.ffns.0.layers.0.0.',
        '.mlp.fc2.': '.ffns.0.layers.1.',
    }
    state = _timm_state()
    wanted = convert(state).state
    found = convert(
        {
            reduce(lambda name, pair: name.replace(*pair), theirs.items(), key): value
            for key, value in state.items()
            if not key.startswith('head')
        }
    ).state
    assert found.keys() == wanted.keys()
    own = ('time_embed', 'temporal_fc')  # no image network has any
    for key in (key for key in wanted if not any(name in key for name in own)):
        assert torch.equal(found[key], wanted[key]), key


@pytest.mark.parametrize('prefix', ['', 'model.', 'module.model.', 'module.'])
def test_facebook_timesformer(prefix):
    state = video_state(prefix)
    weights = convert(state, elements=(4,))
    layer = 'transformer_layers.layers.1.'
    for ours, theirs in {
        f'{layer}attentions.0.attn.in_proj_weight': 'blocks.1.temporal_attn.qkv.weight',
        f'{layer}attentions.0.norm.bias': 'blocks.1.temporal_norm1.bias',
        f'{layer}attentions.0.temporal_fc.weight': 'blocks.1.temporal_fc.weight',
        f'{layer}attentions.1.attn.out_proj.weight': 'blocks.1.attn.proj.weight',
        f'{layer}ffns.0.layers.1.bias': 'blocks.1.mlp.fc2.bias',
        'time_embed': 'time_embed',
    }.items():
        assert torch.equal(weights.state[ours], state[prefix + theirs])


def test_released_sefar_has_a_time_embedding_per_element():
    state = video_state('vit.model.', times=(2, 2, 4))
    state |= {'post_fusion0.weight': torch.ones(16, 24), 'ln2.bias': torch.ones(16)}
    weights = convert(state)
    whole = torch.cat([state[f'vit.model.time_embed.{i}'] for i in range(3)], 1)
    assert torch.equal(weights.state['time_embed'], whole)
    assert account_of(weights, 'post_fusion0.weight').targets == ('cls_head.single.0.weight',)
    assert account_of(weights, 'ln2.bias').targets == ('cls_head.single.2.bias',)


def test_a_clip_s_time_embedding_is_resized_for_each_element_even_where_the_frames_are_as_many():
    state = video_state(times=(8,))
    state['time_embed'] = torch.arange(8.0).view(1, 8, 1).expand(1, 8, 24)
    got = convert(state).state['time_embed'][0, :, 0].tolist()
    assert got == [1.5, 5.5, 1.5, 5.5, 0.5, 2.5, 4.5, 6.5]
    own = small(elements=(8,)).state_dict() | {'time_embed': state['time_embed']}
    kept = to_dual_level(own, small(elements=(8,)).state_dict(), (8,), 'x').state['time_embed']
    assert torch.equal(kept, state['time_embed'])


def test_released_elements_must_be_those_of_the_backbone():
    state = video_state('vit.model.', times=(2, 2, 4))
    with pytest.raises(ValueError, match=r'has elements of \(2, 2, 4\) frames, .* \(4, 2, 2\)'):
        convert(state, elements=(4, 2, 2))


def test_positions_are_resized_over_the_grid():
    state = _timm_state()
    grid = torch.arange(4.0).view(4, 1).expand(4, 4).reshape(1, 16, 1).expand(1, 16, 24)
    state['pos_embed'] = torch.cat([torch.full((1, 1, 24), 9.0), grid], 1)
    weights = convert(state)
    assert account_of(weights, 'pos_embed').how == 'resized'
    got = weights.state['pos_embed'][0, :, 0]
    assert got[0] == 9  # the class token keeps its own
    # Halving a ramp 0, 1, 2, 3 over rows gives the mean rows 0.5 and 2.5, columns alike.
    torch.testing.assert_close(
        got[1:].view(2, 2), torch.tensor([[0.5, 0.5], [2.5, 2.5]]), atol=0.1, rtol=0
    )


def test_distilled_deit_loses_its_second_token():
    state = _timm_state()
    state['dist_token'] = torch.zeros(1, 1, 24)
    state['head_dist.weight'] = torch.zeros(10, 24)
    original = state['pos_embed']
    state['pos_embed'] = torch.cat(
        [original[:, :1], torch.full((1, 1, 24), 7.0), original[:, 1:]], 1
    )
    assert torch.equal(convert(state).state['pos_embed'], original)


def test_augreg_arrays_give_the_same_network(tmp_path):
    state = _timm_state()
    arrays = {
        'cls': state['cls_token'],
        'Transformer/posembed_input/pos_embedding': state['pos_embed'],
        'embedding/kernel': state['patch_embed.proj.weight'].permute(2, 3, 1, 0),
        'embedding/bias': state['patch_embed.proj.bias'],
        'Transformer/encoder_norm/scale': state['norm.weight'],
        'Transformer/encoder_norm/bias': state['norm.bias'],
        'head/kernel': state['head.weight'].T,
        'head/bias': state['head.bias'],
    }
    for i in range(2):
        block, theirs = f'blocks.{i}.', f'Transformer/encoderblock_{i}/'
        for number, norm in ((0, 'norm1'), (2, 'norm2')):
            arrays[f'{theirs}LayerNorm_{number}/scale'] = state[f'{block}{norm}.weight']
            arrays[f'{theirs}LayerNorm_{number}/bias'] = state[f'{block}{norm}.bias']
        for number in (0, 1):
            dense = f'{theirs}MlpBlock_3/Dense_{number}/'
            arrays[f'{dense}kernel'] = state[f'{block}mlp.fc{number + 1}.weight'].T
            arrays[f'{dense}bias'] = state[f'{block}mlp.fc{number + 1}.bias']
        attention = f'{theirs}MultiHeadDotProductAttention_1/'
        weights = state[f'{block}attn.qkv.weight'].chunk(3)
        biases = state[f'{block}attn.qkv.bias'].chunk(3)
        for name, weight, bias in zip(('query', 'key', 'value'), weights, biases, strict=True):
            arrays[f'{attention}{name}/kernel'] = weight.T.reshape(24, 3, 8)  # 3 heads of width 8
            arrays[f'{attention}{name}/bias'] = bias.reshape(3, 8)
        arrays[f'{attention}out/kernel'] = state[f'{block}attn.proj.weight'].T.reshape(3, 8, 24)
        arrays[f'{attention}out/bias'] = state[f'{block}attn.proj.bias']
    np.savez(tmp_path / 'vit.npz', **{key: value.numpy() for key, value in arrays.items()})
    got = convert(read_checkpoint(str(tmp_path / 'vit.npz')))
    expected = convert(state)
    for key, value in expected.state.items():
        if 'time_embed' not in key and 'temporal_fc' not in key:
            assert torch.equal(got.state[key], value), key
    assert account_of(got, 'head.weight').how.startswith('dropped')


def test_files_without_weights_are_refused(tmp_path):
    torch.save({'epoch': 3}, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=r"a.pth: holds no weights; its keys are \['epoch'\]"):
        read_checkpoint(str(tmp_path / 'a.pth'))
    for name in ('gone.npz', 'gone.pth'):
        with pytest.raises(FileNotFoundError, match=name):
            read_checkpoint(str(tmp_path / name))


@pytest.fixture
def vit_config(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work', 'sefar_s_gym99_5p')
    cfg.dump(str(tmp_path / 'tiny_vit.py'))
    return tmp_path / 'tiny_vit.py'


def call_tool(*words):
    return run_tool('tools/convert_weights.py', *words)


def test_the_tool_writes_a_checkpoint_that_loads(vit_config, tmp_path):
    torch.save(_timm_state(), tmp_path / 'vit.pth')
    done = call_tool(tmp_path / 'vit.pth', tmp_path / 'ours.pth', '--to', vit_config)
    assert done.returncode == 0, done.stderr
    assert 'inflated' in done.stdout and 'dropped: the classifier of another task' in done.stdout
    assert 'keys stay as the config draws them: cls_head' in done.stdout
    state = torch.load(tmp_path / 'ours.pth', weights_only=True)['state_dict']
    model = MODELS.build(Config.fromfile(str(vit_config)).model)
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all('.cls_head.' in key for key in missing)
    assert torch.equal(
        state['teacher.backbone.cls_token'], model.networks['student'].backbone.cls_token
    )


def test_the_tool_names_what_does_not_fit(vit_config, tmp_path):
    state = _timm_state(dims=48)
    torch.save(state, tmp_path / 'wide.pth')
    done = call_tool(tmp_path / 'wide.pth', tmp_path / 'o.pth', '--to', vit_config)
    assert done.returncode == 1 and not (tmp_path / 'o.pth').exists()
    assert 'wide.pth: does not fit' in done.stderr and 'Traceback' not in done.stderr
    done = call_tool(tmp_path / 'gone.pth', tmp_path / 'o.pth', '--to', vit_config)
    assert done.returncode == 1 and 'gone.pth' in done.stderr


def test_a_plain_recognizer_s_checkpoint_becomes_the_labels_alone(clips, tmp_path):
    """As release 0.1.0 wrote it for labels alone."""
    cfg = tiny_config(clips, tmp_path / 'work', 'supervised_synthgym_10p')
    cfg.dump(str(tmp_path / 'config.py'))
    plain = MODELS.build(cfg.model.recognizer)
    torch.save({'state_dict': plain.state_dict()}, tmp_path / 'plain.pth')
    done = call_tool(tmp_path / 'plain.pth', tmp_path / 'ours.pth', '--to', tmp_path / 'config.py')
    assert done.returncode == 0, done.stderr
    model = MODELS.build(cfg.model)
    state = torch.load(tmp_path / 'ours.pth', weights_only=True)['state_dict']
    model.load_state_dict(state, strict=True)
    inputs = torch.randn(2, 1, 3, 8, 32, 32)
    expected = plain.eval()(inputs, stage='head')
    assert torch.equal(model.eval()(inputs, mode='tensor'), expected)
    first = next(iter(plain.state_dict()))
    wrong = {k: v for k, v in plain.state_dict().items() if k != first}
    torch.save({'state_dict': wrong}, tmp_path / 'wrong.pth')
    done = call_tool(tmp_path / 'wrong.pth', tmp_path / 'o.pth', '--to', tmp_path / 'config.py')
    assert done.returncode == 1 and 'is no checkpoint of this recognizer' in done.stderr


def test_positions_are_resized_as_by_torch_bicubic():
    embed = torch.randn(1, 17, 3)
    grid = embed[:, 1:].transpose(1, 2).reshape(1, 3, 4, 4)
    wanted = F.interpolate(grid, size=(7, 7), mode='bicubic', align_corners=False)
    got = _resize_positions(embed, 50)
    torch.testing.assert_close(got[0, 1:].T.reshape(1, 3, 7, 7), wanted)
