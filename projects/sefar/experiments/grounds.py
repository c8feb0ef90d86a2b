"""Small grounds that any table can be run on."""

from typing import NamedTuple


class Data(NamedTuple):
    """Data that a table can be run on.

    Attributes:
        config: Name of its configs after the algorithm's.
        shares: Labelled shares in percent that it has lists of, for Table 6.
        draws: Whether each seed has a draw of the labelled clips of its own.
        recommended: Whether it has a config of SeFAR as we recommend it, which wants held-out clips
            and symmetries.
    """

    config: str
    shares: tuple[int, ...] = (1, 3, 5, 7, 10)
    draws: bool = False
    recommended: bool = True

    def options(self, seed: int) -> tuple[str, ...]:
        """Options of a seed's runs."""
        loaders = ('train_dataloader', 'val_dataloader') if self.draws else ()
        return tuple(f'{loader}.dataset.draw={seed}' for loader in loaders)


DATA = {
    'synthgym': Data('synthgym_10p', (5, 10, 20)),
    'synthgym_moving': Data('synthgym_moving_10p', (5, 10, 20)),
    'mocap_gestures': Data('mocap_5p', (5, 10, 20), recommended=False),
    'mocap_studio': Data('mocap_studio_5p', (5, 10, 20), draws=True),
    'mocap_cluttered': Data('mocap_cluttered_5p', (5, 10, 20), draws=True),
    'mocap_styles': Data('mocap_styles_10p', (5, 10, 20), draws=True),
    'synthgym_foreign': Data('synthgym_foreign_10p', (5, 10, 20)),
    'synthgym_tail': Data('synthgym_tail_10p', (5, 10, 20)),
    'mocap_foreign': Data('mocap_foreign_5p', (5, 10, 20), draws=True),
    'mocap_tail': Data('mocap_tail_5p', (5, 10, 20), draws=True),
    'mocap_held_styles': Data('mocap_held_styles_10p', (5, 10, 20), draws=True),
}
"""By name; any other name is that of a config, such as ``s_gym99_5p``."""
