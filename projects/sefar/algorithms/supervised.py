"""Labels alone."""

from mmaction.registry import MODELS

from .algorithm import Algorithm


@MODELS.register_module()
class Supervised(Algorithm):
    """Train on the labelled clips; no unlabelled one is ever decoded.

    What every other method is compared with: the same steps of the same labelled clips.
    """
