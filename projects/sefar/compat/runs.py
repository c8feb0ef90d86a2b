"""MMEngine's runner: its launcher, log and checks."""

import functools
from collections.abc import Sequence
from typing import Any

import torch


def launch_without_gpu() -> bool:
    """Let the pytorch launcher work on machines without a GPU, over gloo.

    MMEngine calls ``torch.cuda.set_device`` on every machine that is no other accelerator's, and
    gives ``device_ids`` to DDP, which refuses them for modules on the CPU.
    """
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    if torch.cuda.is_available() or utils._init_dist_pytorch.__module__ == __name__:
        return False

    def init_on_cpu(backend: str, **kwargs: Any) -> None:
        kwargs.pop('init_backend', None)
        torch.distributed.init_process_group(backend='gloo', **kwargs)

    utils._init_dist_pytorch = init_on_cpu
    wrap = MMDistributedDataParallel.__init__

    @functools.wraps(wrap)
    def wrap_on_cpu(self: Any, module: torch.nn.Module, *args: Any, **kwargs: Any) -> None:
        wrap(self, module, *args, **{**kwargs, 'device_ids': None})

    MMDistributedDataParallel.__init__ = wrap_on_cpu
    return True


def format_configs_once() -> bool:
    """Keep the text of a config as long as the config stays as it is.

    MMEngine formats it by yapf for the log, the work dir and every checkpoint; a config of a few
    hundred lines takes a second or two each time, more than the checkpoint itself.
    """
    from mmengine.config import Config

    plain = Config.pretty_text.fget
    if plain is None or plain.__module__ == __name__:
        return False
    texts: dict[str, str] = {}

    def pretty_text(self: Any) -> str:
        """See MMEngine's ``Config.pretty_text``."""
        content = repr(self._cfg_dict)
        if content not in texts:
            if len(texts) == 8:
                del texts[next(iter(texts))]
            texts[content] = plain(self)
        return texts[content]

    Config.pretty_text = property(pretty_text)
    return True


def bound_histories() -> bool:
    """Keep the last 10,000 values of each logged number, not the last million.

    MMEngine copies them all at every step and writes them to every checkpoint; its log averages
    over the last ten.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    plain = HistoryBuffer.__init__
    if hasattr(plain, '__wrapped__'):
        return False

    @functools.wraps(plain)
    def bounded(
        self: HistoryBuffer,
        log_history: Sequence = (),
        count_history: Sequence = (),
        max_length: int = 10_000,
    ) -> None:
        plain(self, log_history, count_history, max_length)

    HistoryBuffer.__init__ = bounded
    return True


def check_every_run() -> bool:
    """Let every run have its checks: of its values, and those of ``PreflightHook``.

    A ``custom_hooks`` of one's own replaces that of the base config, checks included; a teacher
    that nobody moves would then pass for a training.
    """
    from mmengine.runner import Runner

    register, from_cfg = Runner.register_hooks, Runner.from_cfg
    if hasattr(register, '__wrapped__'):
        return False

    @functools.wraps(register)
    def register_with_checks(self: Runner, *args: Any, **kwargs: Any) -> None:
        register(self, *args, **kwargs)
        names = {type(hook).__name__ for hook in self.hooks}
        if hasattr(getattr(self.model, 'module', self.model), 'algorithm') and (
            'PreflightHook' not in names
        ):
            self.register_hook(dict(type='PreflightHook'))

    def from_checked(cls: type[Runner], cfg: Any) -> Runner:
        """See MMEngine's ``Runner.from_cfg``."""
        from sefar.config_names import check_config  # asks MMAction2, which must be whole first

        check_config(cfg.to_dict() if hasattr(cfg, 'to_dict') else cfg)
        return from_cfg.__func__(cls, cfg)

    Runner.register_hooks = register_with_checks
    Runner.from_cfg = classmethod(from_checked)
    return True
