import pytest
import torch

from sefar.models import DualLevelTimeSformer, TubeMix
from sefar.models.actor_mix import background, moving


def test_mask_has_the_share_it_reports_and_is_one_tube():
    mix = TubeMix(cell=4, alpha=10)
    inputs = torch.arange(6.0).view(6, 1, 1, 1, 1, 1).expand(6, 1, 3, 8, 16, 20).contiguous()
    mixed = mix(inputs)
    own = mixed.inputs == inputs
    assert sorted(mixed.partner.tolist()) == list(range(6))
    for b in range(6):
        partner = int(mixed.partner[b])
        other = mixed.inputs[b] == inputs[partner]
        assert (own[b] | other).all()
        if partner == b:
            continue
        mask = own[b, 0, 0, 0]
        assert (own[b, 0] == mask).all()  # the same in every frame and channel
        blocks = mask.view(4, 4, 5, 4)
        assert (blocks == blocks[:, :1, :, :1]).all()  # whole tokens
        assert mask.float().mean().item() == pytest.approx(mixed.ratio[b].item())


def test_ratio_follows_beta_rounded_to_tokens():
    masks = TubeMix(alpha=10).draw_masks(4000, 14, 14)
    ratio = masks.flatten(1).float().mean(1)
    assert ratio.mean().item() == pytest.approx(0.5, abs=0.01)
    assert ratio.var().item() == pytest.approx(1 / (4 * 21), rel=0.1)  # Beta(10, 10)
    assert masks.float().mean(0).sub(0.5).abs().max() < 0.05  # no place is preferred


def test_blend_by_hand():
    mixed = TubeMix(cell=1)(torch.rand(2, 1, 3, 2, 1, 2))
    mixed = mixed._replace(partner=torch.tensor([1, 0]), ratio=torch.tensor([0.25, 0.5]))
    values = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert mixed.blend(values).tolist() == [[0.25, 0.75], [0.5, 0.5]]
    assert mixed.blend(torch.tensor([4.0, 8.0])).tolist() == [7.0, 6.0]


def test_mixing_pixels_is_mixing_tokens_after_the_patch_embedding():
    """SVFormer mixes tokens behind the embedding; a patch never sees a second clip."""
    backbone = DualLevelTimeSformer(img_size=32, embed_dims=16, num_layers=1, num_heads=2).eval()
    mix = TubeMix(cell=16)
    clips = torch.randn(4, 3, 8, 32, 32)
    mixed = mix(clips.unsqueeze(1))
    embed = backbone.patch_embed.projection

    def tokens(x):
        return embed(x.transpose(1, 2).flatten(0, 1)).unflatten(0, (4, 8))

    first, second = tokens(clips), tokens(clips[mixed.partner])
    got = tokens(mixed.inputs.squeeze(1))
    torch.manual_seed(1)
    is_first = (got - first).abs().amax((1, 2)) < 1e-5  # (B, 2, 2) over frames and channels
    is_second = (got - second).abs().amax((1, 2)) < 1e-5
    assert (is_first | is_second).all()
    share = is_first.float().mean((1, 2))
    moved = mixed.partner != torch.arange(4)
    torch.testing.assert_close(share[moved], mixed.ratio[moved])


def test_the_grid_follows_from_cell_and_crop():
    assert [TubeMix().grid(side, side) for side in (64, 112, 224)] == [(4, 4), (7, 7), (14, 14)]
    with pytest.raises(ValueError, match='cell of 16 pixels does not divide the crop 20x20'):
        TubeMix()(torch.rand(2, 1, 3, 8, 20, 20))


def test_every_clip_has_its_own_mask_of_the_nearest_number_of_tokens(monkeypatch):
    beta = torch.distributions.Beta
    monkeypatch.setattr(beta, 'sample', lambda self, shape: torch.tensor([[0.4], [0.26], [0.74]]))
    masks = TubeMix().draw_masks(3, 1, 4)
    assert masks.flatten(1).sum(1).tolist() == [2, 1, 3]  # 1.6, 1.04, 2.96
    monkeypatch.undo()
    mixed = TubeMix(cell=1)(torch.rand(16, 1, 3, 2, 8, 8))
    assert len(set(mixed.ratio.tolist())) > 4


def test_moving_and_background_by_hand():
    """Four frames: the median is the lower middle one; a fall moves as a rise does."""
    clips = torch.zeros(1, 1, 3, 4, 5, 5)
    clips[0, 0, :, :, 0, 0] = torch.tensor([4.0, 1.0, 3.0, 2.0])
    scenes = background(clips)
    assert scenes[0, 0, :, 0, 0, 0].tolist() == [2, 2, 2]
    clips = torch.full((1, 1, 3, 1, 5, 5), 5.0)
    clips[:, :, :, :, 1:4, 1:4] -= 3.0
    scenes = torch.full((1, 1, 3, 1, 5, 5), 5.0)
    assert moving(clips, scenes, 2.5)[0, 0, 0, 2, 2]  # down by 3 in every colour
    clips = scenes.clone()
    clips[:, :, 0, :, 1:4, 1:4] += 3.0
    assert not moving(clips, scenes, 2.5).any() and moving(clips, scenes, 0.9)[0, 0, 0, 2, 2]
