"""The preflight: every step of MInterface is tried on a few samples of each set before a run starts.

A throw-away Trainer on one device fits, validates, tests and predicts with copies of the two interfaces. An
error that would end the run after hours of training shows at once, and `--monitor` can name whatever the
steps log. The weights, random numbers and datasets of the run stay as they are. Callbacks are left out: they
may write files or send messages.
"""

import copy
from collections.abc import Generator
from contextlib import contextmanager
from itertools import chain
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytorch_lightning as pl
import torch
from jsonargparse import Namespace
from pytorch_lightning.strategies import DDPStrategy, SingleDeviceStrategy
from pytorch_lightning.utilities import rank_zero_only
from torch import distributed
from torch.nn.parameter import UninitializedBuffer, is_lazy

from ..contract import Data, Model
from ..errors import OptionError, first_few, one_line, unknown_name_error
from ..learning.metrics import known_values
from ..loading.processes import report
from .samples import with_samples
from .trial import SKIP, Steps, trial_trainer, trying

# In torch's errors for a step that needs gradients, or that uses tensors of inference mode elsewhere.
INFERENCE_MODE_ERRORS = ("does not require grad", "nference tensor")
WITHOUT_MONITOR = "there is no early stopping and no best checkpoint"


@rank_zero_only
def preflight(trainer: pl.Trainer, model: Model, data: Data, args: Namespace) -> bool:
    """Try the steps of a run on a copy of the model, and return whether training was tried.

    Strategies that divide a net among several devices are not tried.

    Raises OptionError, or the error of a step with a note that names the set.
    """
    strategy, logged = cast(Any, trainer.strategy), None
    # Forking is not possible after CUDA has started.
    forks = strategy.launcher is not None and strategy.launcher.is_interactive_compatible
    if not forks and isinstance(strategy, (SingleDeviceStrategy, DDPStrategy)):
        try:
            tried = copied(model)
        except Exception as error:  # an attribute that cannot be copied raises any kind
            print(f"no preflight: the net cannot be copied ({one_line(error)})")
        else:
            with single_process_group(trainer.num_devices * trainer.num_nodes):
                logged = try_stages(tried, with_samples(data), args, strategy.root_device)
    if logged is not None and args.monitor:
        check_monitor(args, logged)
    return logged is not None


def check_monitor(args: Namespace, logged: list[str]) -> None:
    """Raise OptionError for a value that is never logged.

    The usual one may be missing: EarlyStopping and ModelCheckpoint wait for it, and do nothing.
    """
    if args.monitor in logged:
        return
    if args.config["monitor"] is None:
        report(f"{args.monitor} is not logged: {WITHOUT_MONITOR}; --monitor names another value")
        return
    known = known_values(args.metrics, args.eval_datasets)
    names = [*(name for name in known if name in logged), *sorted({*logged} - {*known})]
    later = "; if it is logged only later, or by a callback, add --preflight false"
    raise unknown_name_error("logged value to monitor", args.monitor, names, later)


def try_stages(model: Any, data: Any, args: Namespace, device: torch.device) -> list[str] | None:
    """Try every stage. Return the keys that training logs; None without training or if a debugger ends it."""
    logged = None
    steps, options = Steps(model), dict(args.trainer)
    if model.automatic_optimization:  # so that the one batch makes a step; otherwise Lightning wants 1
        options["accumulate_grad_batches"] = 1
    with TemporaryDirectory() as folder, trying(steps):
        trainer = trial_trainer(options, device, folder, steps)
        for stage in ("fit", "validate", "test", "predict") if args.stage == "fit" else (args.stage,):
            if stage == "fit":
                trainer.fit(model, datamodule=data)
                logged = list(trainer.callback_metrics)
                check_training(trainer, steps)
            else:
                evaluate(stage, trainer, model, data)
    return logged if steps.ended else None


@contextmanager
def single_process_group(processes: int) -> Generator[None]:
    """Make the first of several processes the only one: a step that calls the others must not wait."""
    if processes == 1 or not distributed.is_available() or distributed.is_initialized():
        yield
        return
    with TemporaryDirectory() as folder:
        distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=0, world_size=1)
        try:
            yield
        finally:
            distributed.destroy_process_group()


def check_training(trainer: Any, steps: Steps) -> None:
    """Check that steps are counted, that schedulers can be stepped, and that states can be loaded again."""
    model = trainer.lightning_module
    if steps.optimizer_steps and not trainer.global_step:
        what = f"{type(model).__name__} steps an optimizer that Lightning does not know"
        hint = "use `optimizer = self.optimizers()` in training_step, and then optimizer.step()"
        raise OptionError(f"{what}: it counts no step, and saves no best checkpoint", hint)
    for config in trainer.lr_scheduler_configs if model.automatic_optimization else []:
        if config.reduce_on_plateau and config.monitor not in trainer.callback_metrics:
            logged = sorted(trainer.callback_metrics)
            raise unknown_name_error(
                "logged value for the scheduler to monitor", config.monitor, logged, f"; {SKIP}"
            )
        if config.interval == "epoch":
            value = trainer.callback_metrics[config.monitor] if config.reduce_on_plateau else None
            model.lr_scheduler_step(config.scheduler, value)
    trainer.save_checkpoint("tried")
    checkpoint = trainer.strategy.load_checkpoint("tried")
    trainer.strategy.load_optimizer_state_dict(checkpoint)
    for config, state in zip(trainer.lr_scheduler_configs, checkpoint["lr_schedulers"], strict=True):
        config.scheduler.load_state_dict(state)


def evaluate(stage: str, trainer: Any, model: Any, data: Any) -> None:
    """Try a stage without training. Raises OptionError if it needs --trainer.inference_mode false."""
    try:
        getattr(trainer, stage)(model, datamodule=data)
    except RuntimeError as error:
        inference = getattr(trainer, f"{stage}_loop").inference_mode
        if not inference or not any(words in str(error) for words in INFERENCE_MODE_ERRORS):
            raise
        message = f"{model.hparams['model_name']} cannot be evaluated in inference mode: {one_line(error)}"
        raise OptionError(message, "add --trainer.inference_mode false") from error


def materialize(model: Any, data: Any, args: Namespace) -> None:
    """Initialize lazy layers with the inputs of a first step: optimizers and checkpoints need shapes.

    The steps run on a copy, as they may draw random numbers or count batches.

    Raises OptionError for layers that training does not call.
    """
    lazy, first_inputs = lazy_layers(model), dict[Any, Any]()
    if not lazy:
        return
    try:
        tried = copied(model)
    except Exception as error:  # an attribute that cannot be copied raises any kind
        message = f"lazy layers cannot be initialized: the net cannot be copied ({one_line(error)})"
        raise OptionError(message, "give these layers their sizes") from error
    layers = {tried.get_submodule(name): model.get_submodule(name) for name in lazy}
    if model.automatic_optimization:  # else a step asks for them
        tried.configure_optimizers = lambda: None

    def remember(layer: Any, inputs: Any, named: Any) -> None:
        first_inputs.setdefault(layers[layer], (inputs, named))

    for layer in layers:
        layer.register_forward_pre_hook(remember, with_kwargs=True)
    steps = Steps(tried)
    with TemporaryDirectory() as folder, trying(steps):
        options = dict(args.trainer) | {"precision": None}
        trainer: Any = trial_trainer(options, torch.device("cpu"), folder, steps)
        try:
            getattr(trainer, args.stage)(tried, datamodule=with_samples(data))
        except Exception:
            if len(first_inputs) < len(lazy):
                raise  # the preflight reports any other error
    modes = {layer: layer.training for layer in model.modules()}
    model.eval()  # batch norm counts nothing
    with torch.no_grad():
        for layer, (inputs, named) in first_inputs.items():
            layer(*inputs, **named)
    for layer, training in modes.items():
        layer.training = training
    if args.stage == "fit" and (left := lazy_layers(model)):
        raise OptionError(f"no step calls the lazy layers {first_few(left)}", "give these layers their sizes")


def copied(model: Any) -> Any:
    """Return a deep copy; torch does not copy the buffers of lazy layers."""
    lazy = [buffer for buffer in model.buffers() if is_lazy(buffer)]
    return copy.deepcopy(model, {id(buffer): UninitializedBuffer().to(buffer.dtype) for buffer in lazy})


def lazy_layers(model: Any) -> list[str]:
    """Return the names of the layers whose shapes are not known yet."""
    values = chain(model.named_parameters(), model.named_buffers())
    return list(dict.fromkeys(name.rpartition(".")[0] for name, value in values if is_lazy(value)))
